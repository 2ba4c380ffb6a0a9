//! AWS's errors in words that say what to do.

use crate::call::{ApiError, Sort};
use record::Failure;

/// A failed call as a build's failure.
pub fn failure(error: &ApiError) -> Failure {
    if error.sort == Sort::Interrupted {
        return Failure::interrupted();
    }
    let failure = Failure::new(format!("{} failed: {}", error.call, what(error)));
    match hint(error) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// AWS's code and message.
pub fn what(error: &ApiError) -> String {
    if error.code.is_empty() { error.message.clone() } else { format!("{}: {}", error.code, error.message) }
}

/// The service that a call belongs to, as IAM policies name it.
fn service(call: &str) -> &'static str {
    match call {
        "GetCallerIdentity" | "GetSessionToken" | "AssumeRole" | "DecodeAuthorizationMessage" => "sts",
        "GetSecretValue" => "secretsmanager",
        "StartSession" => "ssm",
        call if call.contains("InstanceProfile") && !call.contains("Association") => "iam",
        call if call.contains("Role") => "iam",
        _ => "ec2",
    }
}

fn hint(error: &ApiError) -> Option<String> {
    let hint = match error.code.as_str() {
        "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" => {
            let action = format!("{}:{}", service(error.call), error.call);
            return Some(format!(
                "allow '{action}' for these credentials; decode_authorization_messages shows AWS's reasons"
            ));
        }
        "AuthFailure" | "InvalidClientTokenId" | "SignatureDoesNotMatch" | "UnrecognizedClientException" => {
            "the credentials are not valid here: check access_key and secret_key or the profile, the region, and the clock"
        }
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            "the session's credentials have expired: renew them, or check the clock"
        }
        "OptInRequired" => {
            "the account must subscribe to this AMI in the AWS Marketplace, or enable the region"
        }
        "VPCIdNotSpecified" | "DefaultVpcDoesNotExist" | "MissingInput" | "VPCResourceNotSpecified" => {
            "the account has no default VPC in this region: set subnet_id, or subnet_filter"
        }
        "InsufficientInstanceCapacity"
        | "InsufficientHostCapacity"
        | "SpotMaxPriceTooLow"
        | "MaxSpotInstanceCountExceeded" => {
            "try another availability_zone or instance_type, or several spot_instance_types"
        }
        "InstanceLimitExceeded" | "VcpuLimitExceeded" => {
            "the account's quota is used up: build fewer at a time (-j), or ask AWS for more"
        }
        "InvalidAMIID.NotFound" | "InvalidAMIID.Malformed" | "InvalidAMIID.Unavailable" => {
            "check source_ami: an AMI's id is valid in one region only"
        }
        "InvalidKeyPair.NotFound" => "check ssh_keypair_name: key pairs belong to one region",
        "InvalidSubnetID.NotFound" => "check subnet_id: subnets belong to one region",
        "InvalidGroup.NotFound" | "InvalidGroupId.Malformed" => {
            "check security_group_ids: groups belong to one region and VPC"
        }
        "InvalidAMIName.Duplicate" => {
            "choose another ami_name ({{timestamp}} makes it unique), or set force_deregister"
        }
        "InvalidParameterCombination" | "InvalidParameterValue" | "Unsupported" => {
            "this combination of options does not work on AWS: see the message"
        }
        "IncorrectInstanceState" | "IncorrectState" => {
            "something else has changed the instance: look at it in the AWS console"
        }
        "" if error.sort == Sort::Refused && error.message.contains("credentials") => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or access_key and secret_key in the template"
        }
        "" if error.message.contains("certificate") => {
            "name the certificate's authority in a PEM file in SSL_CERT_FILE; insecure_skip_tls_verify takes any certificate"
        }
        "" => "check the network, the region and custom_endpoint_ec2 or AWS_ENDPOINT_URL",
        _ if error.sort == Sort::Throttled => {
            "AWS is throttling the account: build fewer at a time (-j), or raise max_retries"
        }
        _ if error.sort == Sort::Fault => {
            "AWS has a fault: try again later, or raise max_retries; https://health.aws.amazon.com"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(call: &'static str, code: &str) -> ApiError {
        ApiError { call, code: code.into(), message: "no".into(), status: Some(400), sort: Sort::Refused }
    }

    #[test]
    fn names_the_missing_permission() {
        for (call, action) in [
            ("RunInstances", "ec2:RunInstances"),
            ("CreateInstanceProfile", "iam:CreateInstanceProfile"),
            ("DeleteRolePolicy", "iam:DeleteRolePolicy"),
            ("GetCallerIdentity", "sts:GetCallerIdentity"),
        ] {
            let failure = failure(&error(call, "UnauthorizedOperation"));
            assert_eq!(failure.message, format!("{call} failed: UnauthorizedOperation: no"));
            assert!(failure.hint.unwrap().starts_with(&format!("allow '{action}' ")));
        }
    }

    #[test]
    fn an_interruption_stays_one() {
        let error = ApiError { sort: Sort::Interrupted, ..error("DescribeImages", "") };
        assert_eq!(failure(&error), Failure::interrupted());
    }
}
