//! Reads `terraform.tfvars`: `name = literal`.

use super::source::Lines;
use super::value::{Assignment, Document, Kind, SyntaxError, Value};
use hcl_edit::expr::{Expression, Object, ObjectKey, UnaryOperator};
use hcl_edit::parser::{parse_body, parse_expr};
use hcl_edit::structure::{Body, Structure};
use hcl_edit::template::Element;
use hcl_edit::{Number, Span};

pub(super) fn document(text: &str) -> Document {
    let lines = Lines::new(text);
    let mut document = Document::default();
    let mut start = 0;
    while let Some(rest) = text.get(start..) {
        match parse_body(rest) {
            Ok(body) => {
                collect(&body, start, &lines, &mut document);
                break;
            }
            Err(error) => {
                let at = error.location().offset();
                let Some(body) = body_before_redefinition(rest, at) else {
                    document
                        .errors
                        .push(SyntaxError { at: lines.position(start + at), what: error.message().to_owned() });
                    break;
                };
                collect(&body, start, &lines, &mut document);
                start += at;
            }
        }
    }
    document
}

/// A single expression, as `TF_VAR_…` and `--var` carry lists and maps.
pub(super) fn expression(text: &str) -> Result<Value, String> {
    let parsed = parse_expr(text.trim()).map_err(|error| error.message().to_owned())?;
    let mut value = convert(&parsed, 0, &Lines::new(text));
    forget_positions(&mut value);
    Ok(value)
}

/// The parser stops at a name that was set before, and says only where the second one is. What
/// stands before it is then a whole body, so reading goes on behind it and the caller sees both.
fn body_before_redefinition(text: &str, at: usize) -> Option<Body> {
    let (before, after) = text.split_at_checked(at)?;
    let body = parse_body(before).ok()?;
    let end = after.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(after.len());
    body.has_attribute(after.get(..end)?).then_some(body)
}

fn collect(body: &Body, start: usize, lines: &Lines<'_>, document: &mut Document) {
    for structure in body {
        let offset = structure.span().map_or(start, |span| start + span.start);
        let at = lines.position(offset);
        match structure {
            Structure::Attribute(attribute) => document.assignments.push(Assignment {
                name: attribute.key.as_str().to_owned(),
                at,
                value: convert(&attribute.value, start, lines),
            }),
            Structure::Block(_) => document
                .errors
                .push(SyntaxError { at, what: "a block, where only `name = value` is allowed".to_owned() }),
        }
    }
}

fn convert(expression: &Expression, start: usize, lines: &Lines<'_>) -> Value {
    let at = expression.span().map(|span| lines.position(start + span.start));
    let kind = match expression {
        Expression::Null(_) => Kind::Null,
        Expression::Bool(value) => Kind::Bool(*value.value()),
        Expression::Number(value) => number(value.value()),
        Expression::String(value) => Kind::Text(value.value().clone()),
        Expression::StringTemplate(template) => literal(template),
        Expression::HeredocTemplate(heredoc) => {
            let mut heredoc = heredoc.clone();
            heredoc.dedent();
            literal(&heredoc.template)
        }
        Expression::Parenthesis(inner) => convert(inner.inner(), start, lines).kind,
        Expression::UnaryOp(operation) => {
            negative(*operation.operator.value(), convert(&operation.expr, start, lines).kind)
        }
        Expression::Array(items) => Kind::List(items.iter().map(|item| convert(item, start, lines)).collect()),
        Expression::Object(object) => map(object, start, lines),
        Expression::Variable(_) => Kind::Expression("a reference to a variable"),
        Expression::Traversal(_) => Kind::Expression("a reference to an attribute"),
        Expression::FuncCall(_) => Kind::Expression("a function call"),
        Expression::Conditional(_) => Kind::Expression("a condition"),
        Expression::BinaryOp(_) => Kind::Expression("a computation"),
        Expression::ForExpr(_) => Kind::Expression("a `for` expression"),
    };
    Value { at, kind }
}

fn number(number: &Number) -> Kind {
    Kind::number(number.as_i64(), number.as_f64())
}

fn negative(operator: UnaryOperator, operand: Kind) -> Kind {
    match (operator, operand) {
        (UnaryOperator::Neg, Kind::Integer(value)) => Kind::number(value.checked_neg(), None),
        (UnaryOperator::Neg, Kind::Fraction(value)) => Kind::number(None, Some(-value)),
        _ => Kind::Expression("a computation"),
    }
}

/// The text of a template without interpolation, such as `"$${escaped}"`.
fn literal<'a>(elements: impl IntoIterator<Item = &'a Element>) -> Kind {
    elements
        .into_iter()
        .map(|element| element.as_literal().map(|text| text.value().as_str()))
        .collect::<Option<String>>()
        .map_or(Kind::Expression("a string with an interpolation"), Kind::Text)
}

fn map(object: &Object, start: usize, lines: &Lines<'_>) -> Kind {
    object
        .iter()
        .map(|(key, value)| Some((key_text(key)?, convert(value.expr(), start, lines))))
        .collect::<Option<Vec<_>>>()
        .map_or(Kind::Expression("a map with a computed key"), Kind::Map)
}

fn key_text(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Ident(name) => Some(name.as_str().to_owned()),
        ObjectKey::Expression(expression) => match convert(expression, 0, &Lines::new("")).kind {
            Kind::Text(text) => Some(text),
            Kind::Integer(number) => Some(number.to_string()),
            Kind::Bool(value) => Some(value.to_string()),
            _ => None,
        },
    }
}

/// An expression from the environment has no file that a position could point into.
fn forget_positions(value: &mut Value) {
    value.at = None;
    match &mut value.kind {
        Kind::List(items) => items.iter_mut().for_each(forget_positions),
        Kind::Map(entries) => entries.iter_mut().for_each(|(_, value)| forget_positions(value)),
        _ => {}
    }
}
