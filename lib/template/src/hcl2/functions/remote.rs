//! Functions that ask a service: `vault`, `consul_key`, `aws_secretsmanager`. What they tell of secrets is hidden.

use super::{Arguments, Fault, Gives};
use crate::engine::{Remote, secret_part};
use crate::hcl2::value::Value;
use record::Failure;
use std::sync::Arc;

fn remote(given: &Arguments<'_>) -> Result<Arc<dyn Remote>, Fault> {
    given.names.remote.clone().ok_or_else(|| {
        Fault::whole("nobody can be asked here").hint("give the value as a variable: -var NAME=VALUE")
    })
}

fn fault(failure: Failure) -> Fault {
    Fault { argument: None, message: failure.message, hint: failure.hint }
}

fn secret(given: &Arguments<'_>, text: String) -> Value {
    given.names.secret(&text);
    Value::text(text)
}

pub(super) fn vault(given: &Arguments<'_>) -> Gives {
    let told = remote(given)?.vault(&given.text(0)?, &given.text(1)?).map_err(fault)?;
    Ok(secret(given, told))
}

pub(super) fn consul_key(given: &Arguments<'_>) -> Gives {
    remote(given)?.consul_key(&given.text(0)?).map(Value::text).map_err(fault)
}

pub(super) fn aws_secretsmanager_raw(given: &Arguments<'_>) -> Gives {
    let told = remote(given)?.aws_secret(&given.text(0)?).map_err(fault)?;
    Ok(secret(given, told))
}

/// The key may be null, or left out: then the secret has one only.
pub(super) fn aws_secretsmanager(given: &Arguments<'_>) -> Gives {
    let name = given.text(0)?;
    let key = match given.get(1) {
        Value::Null => None,
        _ => Some(given.text(1)?),
    };
    let whole = remote(given)?.aws_secret(&name).map_err(fault)?;
    let told = secret_part(&name, &whole, key.as_deref()).map_err(fault)?;
    Ok(secret(given, told))
}
