//! Random numbers that follow from the world's seed and from how many have been drawn: the same
//! calls get the same numbers in every run.

/// The `draw`-th number of a seed.
pub(super) fn number(seed: u64, draw: u64) -> u64 {
    // SplitMix64, as its authors give it: https://prng.di.unimi.it/splitmix64.c
    let mut z = seed.wrapping_add(draw.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
