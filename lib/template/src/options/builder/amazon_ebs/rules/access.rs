//! Rules of the options that say how to reach AWS.

use crate::options::Check;
use crate::options::builder::amazon_ebs::Access;

pub(in crate::options) fn check(access: &Access, check: &mut Check) {
    check_keys(access, check);
    if access.assume_role.role_arn.is_empty() && access.assume_role != Default::default() {
        check
            .warning("assume_role", "no role is assumed, since role_arn is missing")
            .hint("set role_arn, or leave out assume_role");
    }
    let duration = access.assume_role.duration_seconds;
    if duration != 0 && !(900..=43200).contains(&duration) {
        check
            .error("assume_role.duration_seconds", format!("a session of {duration} seconds is not possible"))
            .hint("AWS allows 900 (15 minutes) to 43200 (12 hours), and no more than the role's own limit");
    }
    for (path, value) in [
        ("aws_polling.delay_seconds", access.aws_polling.delay_seconds),
        ("aws_polling.max_attempts", access.aws_polling.max_attempts),
    ] {
        if value < 0 {
            check
                .error(path, format!("{value} is below zero"))
                .hint("leave it out to wait as long as is usual");
        }
    }
}

fn check_keys(access: &Access, check: &mut Check) {
    let vault = &access.vault_aws_engine;
    if *vault != Default::default() {
        for (path, key) in [("access_key", &access.access_key), ("secret_key", &access.secret_key)] {
            if !key.is_empty() {
                check
                    .error(path, format!("{path} and vault_aws_engine exclude each other"))
                    .hint("let either the template or Vault give the credentials");
            }
        }
        if vault.name.is_empty() {
            check
                .missing("vault_aws_engine.name", "the name of Vault's role is missing")
                .hint("set name to the role of Vault's AWS secrets engine");
        }
        return;
    }
    let (given, missing) = match (access.access_key.is_empty(), access.secret_key.is_empty()) {
        (false, true) => ("access_key", "secret_key"),
        (true, false) => ("secret_key", "access_key"),
        _ => return,
    };
    check.error(given, format!("{given} is set, but {missing} is not")).hint(
        "set both, or neither: then the usual places are searched (environment, ~/.aws, instance role)",
    );
}
