//! AWS's encoded reasons for a refusal, decoded (`decode_authorization_messages`).

use crate::context::Context;
use record::Failure;

/// What stands before the encoded part of an `UnauthorizedOperation`.
const MARK: &str = "Encoded authorization failure message: ";

/// Replaces the encoded part of a failure's message by what STS makes of it, where the template asks for that.
pub async fn decode(context: &Context, failure: Failure) -> Failure {
    let Some(blob) = encoded(&failure.message) else { return failure };
    if !context.options.access.decode_authorization_messages {
        return failure;
    }
    let client = context.clients.sts();
    let request = client.decode_authorization_message().encoded_message(blob);
    match context.call("DecodeAuthorizationMessage", || request.clone().send()).await {
        Ok(answer) => {
            let reasons = answer.decoded_message.unwrap_or_default();
            Failure { message: failure.message.replace(blob, &reasons), ..failure }
        }
        Err(error) => {
            context
                .build
                .warn(format!("the authorization message is not decoded: {}", Failure::from(error).message));
            failure
        }
    }
}

/// The encoded part: one word.
fn encoded(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once(MARK)?;
    let end = rest.find(|character: char| !character.is_ascii_alphanumeric() && !"+/=_-".contains(character));
    Some(&rest[..end.unwrap_or(rest.len())]).filter(|blob| !blob.is_empty())
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn finds_the_encoded_part() {
        let message = "RunInstances failed: UnauthorizedOperation: You are not authorized. \
                       Encoded authorization failure message: 4Ab_c-D/e+f= and more";
        assert_eq!(encoded(message), Some("4Ab_c-D/e+f="));
        assert_eq!(encoded("Encoded authorization failure message: "), None);
        assert_eq!(encoded("no"), None);
    }
}
