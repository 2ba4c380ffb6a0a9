//! Calls to services for which there is no SDK here, by AWS's JSON protocol
//! (<https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>): a POST to `/` that is signed, with the action in `X-Amz-Target`.
//!
//! The crate of a whole service takes minutes to compile; a build needs one or two of its calls.

use crate::call::no_words;
use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::service_config::ServiceConfigKey;
use serde_json::Value;
use std::error::Error;
use std::time::SystemTime;

/// A service that speaks this protocol.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// Its name in endpoints and signatures: `ssm`.
    pub name: &'static str,
    /// Its id in configurations: `SSM` for `AWS_ENDPOINT_URL_SSM`.
    pub id: &'static str,
    /// What stands before the action in `X-Amz-Target`: `AmazonSSM`.
    pub target: &'static str,
}

/// AWS Systems Manager.
pub const SSM: Service = Service { name: "ssm", id: "SSM", target: "AmazonSSM" };
/// EC2 Instance Connect.
pub const INSTANCE_CONNECT: Service = Service {
    name: "ec2-instance-connect",
    id: "EC2 Instance Connect",
    target: "AWSEC2InstanceConnectService",
};

/// A service in a region, and the way to it.
#[derive(Debug, Clone)]
pub struct JsonClient {
    service: Service,
    region: String,
    config: SdkConfig,
    connector: SharedHttpConnector,
}

/// Why a call had no success, as the SDK's own clients say it.
pub type CallError = SdkError<ErrorMetadata, HttpResponse>;

type AnyError = Box<dyn Error + Send + Sync>;

impl JsonClient {
    /// The service in a region; credentials and endpoints are the configuration's.
    pub fn new(service: Service, region: &str, config: &SdkConfig, connector: SharedHttpConnector) -> Self {
        Self { service, region: region.to_owned(), config: config.clone(), connector }
    }

    /// Where the service is reached: `AWS_ENDPOINT_URL_SSM`, `AWS_ENDPOINT_URL`, the profile's `endpoint_url`, else Amazon's.
    pub fn endpoint(&self) -> String {
        let key = ServiceConfigKey::builder()
            .service_id(self.service.id)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build();
        let own =
            self.config.service_config().zip(key.ok()).and_then(|(config, key)| config.load_config(key));
        if let Some(given) = own.or_else(|| self.config.endpoint_url().map(str::to_owned)) {
            return given.trim_end_matches('/').to_owned();
        }
        let fips = if self.config.use_fips() == Some(true) { "-fips" } else { "" };
        let domain = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("https://{}{fips}.{}.{domain}", self.service.name, self.region)
    }

    /// Makes one try of a call.
    ///
    /// # Errors
    /// The service's error with its code, or what went wrong on the way to it.
    pub async fn send(&self, action: &str, input: &Value) -> Result<Value, CallError> {
        let request = self.request(action, input).await.map_err(SdkError::construction_failure)?;
        let mut answer = self.connector.call(request).await.map_err(SdkError::dispatch_failure)?;
        let status = answer.status();
        let kind = answer.headers().get("x-amzn-errortype").map(str::to_owned);
        let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
        let body = match ByteStream::new(body).collect().await {
            Ok(body) => body.into_bytes(),
            Err(error) => return Err(SdkError::response_error(error, answer)),
        };
        let output = serde_json::from_slice::<Value>(&body);
        match output {
            Ok(output) if status.is_success() => Ok(output),
            Err(error) if status.is_success() => Err(SdkError::response_error(error, answer)),
            output => {
                let error = service_error(kind.as_deref(), &output.unwrap_or_default(), status.as_u16());
                Err(SdkError::service_error(error, answer))
            }
        }
    }

    async fn request(&self, action: &str, input: &Value) -> Result<HttpRequest, AnyError> {
        let provider = self.config.credentials_provider().ok_or("there are no credentials")?;
        let identity = provider.provide_credentials().await?.into();
        let mut request = HttpRequest::new(SdkBody::from(input.to_string()));
        request.set_method("POST")?;
        request.set_uri(format!("{}/", self.endpoint()))?;
        request.headers_mut().insert("content-type", "application/x-amz-json-1.1");
        request.headers_mut().insert("x-amz-target", format!("{}.{action}", self.service.target));
        self.sign(&mut request, &identity)?;
        Ok(request)
    }

    /// Signs a request (AWS Signature Version 4).
    fn sign(&self, request: &mut HttpRequest, identity: &Identity) -> Result<(), AnyError> {
        let parameters = v4::SigningParams::builder()
            .identity(identity)
            .region(&self.region)
            .name(self.service.name)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let body = request.body().bytes().unwrap_or_default();
        let signable = SignableRequest::new(
            request.method(),
            request.uri(),
            request.headers().iter(),
            SignableBody::Bytes(body),
        )?;
        let (signature, _) = sign(signable, &parameters)?.into_parts();
        let (headers, _) = signature.into_parts();
        for header in headers {
            request.headers_mut().insert(header.name(), header.value().to_owned());
        }
        Ok(())
    }
}

/// The code stands in a header or in the body, with a namespace before it or a URL behind it (Smithy, "Operation error
/// serialization").
fn service_error(kind: Option<&str>, body: &Value, status: u16) -> ErrorMetadata {
    let kind = kind.or_else(|| body["__type"].as_str()).or_else(|| body["code"].as_str()).unwrap_or_default();
    let code = kind.split(':').next().unwrap_or_default().rsplit('#').next().unwrap_or_default();
    let message = body["message"].as_str().or_else(|| body["Message"].as_str());
    let message = message.map_or_else(|| no_words(Some(status)), str::to_owned);
    ErrorMetadata::builder().code(code).message(message).build()
}
