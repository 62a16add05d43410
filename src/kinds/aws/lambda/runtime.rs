//! What a function's code runs in.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A runtime of a function whose code comes as files. Those that Lambda takes no new functions for
/// since 2024 or earlier aren't among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Runtime {
    #[serde(rename = "nodejs18.x")]
    Nodejs18,
    #[serde(rename = "nodejs20.x")]
    Nodejs20,
    #[serde(rename = "nodejs22.x")]
    Nodejs22,
    #[serde(rename = "nodejs24.x")]
    Nodejs24,
    #[serde(rename = "nodejs26.x")]
    Nodejs26,
    #[serde(rename = "python3.9")]
    Python3_9,
    #[serde(rename = "python3.10")]
    Python3_10,
    #[serde(rename = "python3.11")]
    Python3_11,
    #[serde(rename = "python3.12")]
    Python3_12,
    #[serde(rename = "python3.13")]
    Python3_13,
    #[serde(rename = "python3.14")]
    Python3_14,
    #[serde(rename = "python3.15")]
    Python3_15,
    #[serde(rename = "java8.al2")]
    Java8Al2,
    #[serde(rename = "java8.al2023")]
    Java8Al2023,
    #[serde(rename = "java11")]
    Java11,
    #[serde(rename = "java11.al2023")]
    Java11Al2023,
    #[serde(rename = "java17")]
    Java17,
    #[serde(rename = "java17.al2023")]
    Java17Al2023,
    #[serde(rename = "java21")]
    Java21,
    #[serde(rename = "java25")]
    Java25,
    #[serde(rename = "dotnet8")]
    Dotnet8,
    #[serde(rename = "dotnet10")]
    Dotnet10,
    #[serde(rename = "ruby3.2")]
    Ruby3_2,
    #[serde(rename = "ruby3.3")]
    Ruby3_3,
    #[serde(rename = "ruby3.4")]
    Ruby3_4,
    #[serde(rename = "ruby4.0")]
    Ruby4_0,
    #[serde(rename = "provided.al2")]
    ProvidedAl2,
    #[serde(rename = "provided.al2023")]
    ProvidedAl2023,
    /// One of the account's own, with a `runtime_config`.
    #[serde(rename = "custom")]
    Custom,
}

impl Runtime {
    /// Whether the code finds its handler by its own means.
    pub(super) fn is_provided(self) -> bool {
        matches!(self, Runtime::ProvidedAl2 | Runtime::ProvidedAl2023 | Runtime::Custom)
    }
}
