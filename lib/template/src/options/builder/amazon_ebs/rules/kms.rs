//! The forms in which KMS keys are named.

use crate::options::Check;

/// Whether a text names a KMS key: id, `mrk-…`, `alias/…`, or the ARN of a key or an alias (AWS API, CopyImage, `KmsKeyId`).
pub(super) fn is_key(text: &str) -> bool {
    if is_key_id(text) || is_alias(text) {
        return true;
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = parts[..] else { return false };
    arn == "arn"
        && (partition == "aws" || partition.starts_with("aws-"))
        && service == "kms"
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && (resource.strip_prefix("key/").is_some_and(is_key_id) || is_alias(resource))
}

/// What to do about a text that names none.
pub(super) const HINT: &str = "give a key's id (1234abcd-12ab-34cd-56ef-1234567890ab, mrk-…), its alias with 'alias/' before it, or the ARN of either";

/// Checks that an option names a KMS key, where it is set.
pub(in crate::options::builder) fn check_key(path: &str, key: &str, check: &mut Check) {
    if !key.is_empty() && !is_key(key) {
        check.error(path, format!("'{key}' is not the name of a KMS key")).hint(HINT);
    }
}

fn is_key_id(text: &str) -> bool {
    let digits = text.strip_prefix("mrk-").unwrap_or(text);
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    digits.len() >= 2
        && digits.bytes().next().is_some_and(hexadecimal)
        && digits.bytes().all(|byte| hexadecimal(byte) || byte == b'-')
}

fn is_alias(text: &str) -> bool {
    text.strip_prefix("alias/").is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/_-".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::is_key;

    #[test]
    fn knows_the_forms_of_keys() {
        for good in [
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-12345678-1234-1234-abcd-123456789012",
            "mrk-12345678123412341234567890ababcd",
            "alias/foo/bar",
            "arn:aws:kms:us-east-1:012345678910:key/abcd1234-a123-456a-a12b-a123b4cd56ef",
            "arn:aws:kms:us-east-1:012345678910:alias/foo/bar",
            "arn:aws:kms::012345678910:key/abcd1234-a123-456a-a12b-a123b4cd56ef",
            "arn:aws-us-gov:kms:us-gov-east-1:123456789012:key/12345678-1234-abcd-0000-123456789012",
            "arn:aws-cn:kms:cn-north-1:012345678910:alias/k",
        ] {
            assert!(is_key(good), "{good}");
        }
        for bad in [
            "",
            "foobar",
            "alias/",
            "alias/foo@",
            "arn:aws:kms:us-east-1:0123:key/abcd1234",
            "arn:aws:ec2:us-east-1:012345678910:key/abcd1234",
            "arn:aws:kms:us-east-1:012345678910:key/Zz",
            "arn:aws:kms",
        ] {
            assert!(!is_key(bad), "{bad}");
        }
    }
}
