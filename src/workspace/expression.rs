//! Expressions: compiled once, and what they refer to, read off their syntax tree.

use std::sync::{Arc, OnceLock};

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr};
use minijinja::machinery::parse_expr;
use minijinja::{Environment, Expression as Compiled, UndefinedBehavior};

use crate::model::Location;

/// One expression of the workspace.
pub(super) struct Expression {
    pub source: Arc<str>,
    pub at: Location,
    /// The paths that it reads, each from a root to where a reference can no longer be followed.
    pub paths: Box<[Path]>,
    /// Whether it only reads: a path, whatever its subscripts are. What it gives is what is there.
    pub is_path: bool,
}

impl Expression {
    /// The path that the expression is, where it is nothing else: names, without a subscript.
    pub(super) fn as_path(&self) -> Option<&Path> {
        let [path] = &*self.paths else { return None };
        let mut text = path.root.clone();
        for segment in &path.segments {
            let Segment::Name(name) = segment else { return None };
            text = text + "." + name;
        }
        (text == self.source.trim()).then_some(path)
    }

    /// The engine's own form. It takes a microsecond to make and ten kilobytes to keep, so it is made
    /// for each evaluation.
    ///
    /// # Errors
    /// None that reading the expression hasn't reported.
    pub(super) fn compiled(&self) -> Result<Compiled<'static, 'static>, minijinja::Error> {
        engine().compile_expression_owned(self.source.to_string())
    }
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{{{{ {} }}}}", self.source)
    }
}

/// A path of an expression: a root variable and what is read of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    pub root: String,
    pub segments: Vec<Segment>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Segment {
    /// `.name`, or a constant subscript.
    Name(String),
    /// A subscript that can be worked out before anything is applied: it reads only `each`, `env`
    /// and `settings`.
    Static(StaticValue),
    /// Any other subscript: which element is meant is known only later.
    Dynamic,
}

/// A value that depends on nothing but constants, `each`, `env` and `settings`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum StaticValue {
    Constant(String),
    /// Such as `each`, then `value`, then `name`.
    Read(Vec<String>),
    /// `a ~ b`.
    Joined(Box<StaticValue>, Box<StaticValue>),
}

/// The roots that are known before anything is applied.
const STATIC_ROOTS: [&str; 3] = ["each", "env", "settings"];

/// The engine that all expressions share.
pub(super) fn engine() -> &'static Environment<'static> {
    static ENGINE: OnceLock<Environment<'static>> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        super::functions::add(&mut engine);
        engine
    })
}

/// Compiles an expression, given without its braces.
///
/// # Errors
/// What is wrong with its syntax.
pub(super) fn compile(source: &str, at: Location) -> Result<Expression, String> {
    let tree = parse_expr(source).map_err(|error| describe(&error))?;
    let mut paths = Vec::new();
    collect(&tree, &mut paths);
    // There are more expressions than anything else, and none of them grows any more.
    paths.iter_mut().for_each(|path| path.segments.shrink_to_fit());
    let is_path = matches!(tree, Expr::Var(_) | Expr::GetAttr(_) | Expr::GetItem(_));
    let expression = Expression { source: source.into(), at, paths: paths.into(), is_path };
    expression.compiled().map_err(|error| describe(&error))?;
    Ok(expression)
}

/// What went wrong, in one line: the engine's own words, without its name of the kind of error where
/// there are better ones.
pub(super) fn describe(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

/// Adds every path below a node of the tree.
fn collect(expr: &Expr<'_>, paths: &mut Vec<Path>) {
    if let Some(path) = path_of(expr, paths) {
        if !paths.contains(&path) {
            paths.push(path);
        }
        return;
    }
    let mut visit = |expr: &Expr<'_>| collect(expr, paths);
    match expr {
        Expr::Var(_) | Expr::Const(_) => {}
        Expr::Slice(slice) => {
            visit(&slice.expr);
            [&slice.start, &slice.stop, &slice.step].into_iter().flatten().for_each(visit);
        }
        Expr::UnaryOp(op) => visit(&op.expr),
        Expr::BinOp(op) => {
            visit(&op.left);
            visit(&op.right);
        }
        Expr::Compare(compare) => {
            visit(&compare.expr);
            compare.ops.iter().for_each(|op| visit(&op.expr));
        }
        Expr::IfExpr(condition) => {
            visit(&condition.test_expr);
            visit(&condition.true_expr);
            condition.false_expr.iter().for_each(visit);
        }
        Expr::Filter(filter) => {
            filter.expr.iter().for_each(&mut visit);
            arguments(&filter.args).for_each(visit);
        }
        Expr::Test(test) => {
            visit(&test.expr);
            arguments(&test.args).for_each(visit);
        }
        Expr::GetAttr(get) => visit(&get.expr),
        Expr::GetItem(get) => {
            visit(&get.expr);
            visit(&get.subscript_expr);
        }
        Expr::Call(call) => {
            // The name of a function is no reference; a method's object is one.
            if !matches!(call.expr, Expr::Var(_)) {
                visit(&call.expr);
            }
            arguments(&call.args).for_each(visit);
        }
        Expr::List(list) => list.items.iter().for_each(visit),
        Expr::Tuple(tuple) => tuple.items.iter().for_each(visit),
        Expr::Map(map) => map.keys.iter().chain(&map.values).for_each(visit),
    }
}

fn arguments<'a, 'b>(args: &'b [CallArg<'a>]) -> impl Iterator<Item = &'b Expr<'a>> {
    args.iter().map(|arg| match arg {
        CallArg::Pos(expr)
        | CallArg::Kwarg(_, expr)
        | CallArg::PosSplat(expr)
        | CallArg::KwargSplat(expr) => expr,
    })
}

/// The path that an expression is, if it is one. What its subscripts read is added to `paths`.
fn path_of(expr: &Expr<'_>, paths: &mut Vec<Path>) -> Option<Path> {
    match expr {
        Expr::Var(var) => Some(Path { root: var.id.to_owned(), segments: Vec::new() }),
        Expr::GetAttr(get) => {
            let mut path = path_of(&get.expr, paths)?;
            path.segments.push(Segment::Name(get.name.to_owned()));
            Some(path)
        }
        Expr::GetItem(get) => {
            let mut path = path_of(&get.expr, paths)?;
            path.segments.push(match static_value(&get.subscript_expr) {
                Some(StaticValue::Constant(name)) => Segment::Name(name),
                Some(value) => Segment::Static(value),
                None => Segment::Dynamic,
            });
            collect(&get.subscript_expr, paths);
            Some(path)
        }
        _ => None,
    }
}

fn static_value(expr: &Expr<'_>) -> Option<StaticValue> {
    match expr {
        Expr::Const(constant) => Some(StaticValue::Constant(match constant.value.as_str() {
            Some(text) => text.to_owned(),
            None => constant.value.to_string(),
        })),
        Expr::Var(_) | Expr::GetAttr(_) => {
            let path = path_of(expr, &mut Vec::new())?;
            let names = path.segments.into_iter().map(|segment| match segment {
                Segment::Name(name) => Some(name),
                Segment::Static(_) | Segment::Dynamic => None,
            });
            let mut read = vec![path.root];
            read.extend(names.collect::<Option<Vec<_>>>()?);
            STATIC_ROOTS.contains(&read[0].as_str()).then_some(StaticValue::Read(read))
        }
        Expr::BinOp(op) if matches!(op.op, BinOpKind::Concat) => {
            Some(StaticValue::Joined(Box::new(static_value(&op.left)?), Box::new(static_value(&op.right)?)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceId;

    fn paths(source: &str) -> Vec<String> {
        let at = Location { source: SourceId(0), offset: 0, length: 0, line: 1, column: 1 };
        let show = |path: &Path| {
            let mut text = path.root.clone();
            for segment in &path.segments {
                match segment {
                    Segment::Name(name) => text += &format!(".{name}"),
                    Segment::Static(value) => text += &format!("[{value:?}]"),
                    Segment::Dynamic => text += "[?]",
                }
            }
            text
        };
        compile(source, at).unwrap().paths.iter().map(show).collect()
    }

    #[test]
    fn references_are_paths_of_the_syntax_tree() {
        assert_eq!(paths("cluster_role.arn"), ["cluster_role.arn"]);
        assert_eq!(paths("vpc['primary'].id | upper"), ["vpc.primary.id"]);
        assert_eq!(paths("subnets[each.key].ids"), ["each.key", "subnets[Read([\"each\", \"key\"])].ids"]);
        assert_eq!(
            paths("subnets[each.key ~ '-a'].id"),
            ["each.key", "subnets[Joined(Read([\"each\", \"key\"]), Constant(\"-a\"))].id"]
        );
        assert_eq!(paths("subnets[other.key].id"), ["other.key", "subnets[?].id"]);
    }

    #[test]
    fn every_corner_of_an_expression_is_looked_into() {
        assert_eq!(
            paths("f(a, k=b) if c.x == d else [e, {'k': g}, h[i:j], not k, l is eq(m), n | default(o)]"),
            ["c.x", "d", "a", "b", "e", "g", "h", "i", "j", "k", "l", "m", "n", "o"]
        );
    }
}
