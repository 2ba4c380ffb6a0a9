//! `build-ec2 --data`: what templates want to know of AWS before there is a build, for `validate`.
//!
//! One request a line on standard input, one answer a line on standard output, in the same order. A request is
//! `{"type": TYPE, "options": {…}}`: a data source of HCL2 and its options, checked and typed. An answer is
//! `{"value": {…}, "secrets": […]}`, secrets being the texts in the value that nobody is to see, or
//! `{"message": TEXT, "hint": TEXT}` for a request that could not be answered.

use crate::call::{ApiError, Sort, pause};
use crate::clients::Pool;
use crate::source_ami;
use aws_sdk_ec2::types::Image;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use record::report::Reporter;
use record::signal::Stop;
use record::{Failure, exit};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::io::{BufRead, Write};
use std::process::ExitCode;
use template::engine::secret_part;
use template::options::data_source::amazon::{AmazonAmi, AmazonParameterStore, AmazonSecretsManager};
use template::options::{Component, read};

/// What is asked.
#[derive(Debug, Deserialize)]
struct Request {
    #[serde(rename = "type")]
    kind: String,
    options: Map<String, Value>,
}

/// What is answered.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Answer {
    Found(Found),
    Failed {
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
}

/// What a data source gives.
#[derive(Debug, Serialize)]
struct Found {
    value: Value,
    secrets: Vec<String>,
}

impl From<Result<Found, Failure>> for Answer {
    fn from(result: Result<Found, Failure>) -> Self {
        match result {
            Ok(found) => Self::Found(found),
            Err(failure) => Self::Failed { message: failure.message, hint: failure.hint },
        }
    }
}

/// Answers all requests. Exit status 0: all have an answer, whatever it is.
pub fn run() -> ExitCode {
    let reporter = Reporter::new("build-ec2", None);
    record::runtime::run(&reporter, |stop| answer_all(&reporter, stop))
}

async fn answer_all(reporter: &Reporter, stop: Stop) -> u8 {
    let pool = Pool::default();
    for line in std::io::stdin().lock().lines() {
        let request = line.map_err(|error| error.to_string());
        let request = request.and_then(|line| serde_json::from_str(&line).map_err(|error| error.to_string()));
        let request = match request {
            Ok(request) => request,
            Err(error) => {
                reporter.error(format!("standard input: {error}"), None);
                return exit::USAGE;
            }
        };
        let asked = tokio::select! {
            asked = answer(request, &pool) => asked,
            () = stop.token().cancelled() => return exit::FAILED,
        };
        if print(&asked.into()).is_err() {
            return exit::FAILED;
        }
    }
    exit::SUCCESS
}

async fn answer(request: Request, pool: &Pool) -> Result<Found, Failure> {
    let Request { kind, options } = request;
    match kind.as_str() {
        AmazonAmi::TYPE => image(&read(&options)?, pool).await,
        AmazonParameterStore::TYPE => parameter(&read(&options)?, pool).await,
        AmazonSecretsManager::TYPE => secret(&read(&options)?, pool).await,
        _ => Err(Failure::new(format!("build-ec2 knows no data source '{kind}'"))
            .hint("'validate' and 'build-ec2' must be of one version")),
    }
}

async fn image(options: &AmazonAmi, pool: &Pool) -> Result<Found, Failure> {
    let clients = pool.clients(&options.access).await?;
    let region = clients.region();
    let request = source_ami::request(&clients.ec2(&region), "", &options.filter);
    let mut images = Vec::new();
    let mut next = None;
    loop {
        let page = request.clone().set_next_token(next);
        let answer = ask("DescribeImages", || page.clone().send()).await?;
        images.extend(answer.images.unwrap_or_default());
        next = answer.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            break;
        }
    }
    let image = source_ami::choose(images, "", &options.filter, &region)?;
    Ok(Found { value: described(&image), secrets: Vec::new() })
}

fn described(image: &Image) -> Value {
    let tags = image.tags().iter();
    let tags = tags.map(|tag| (tag.key().unwrap_or_default().to_owned(), tag.value().into()));
    json!({
        "id": image.image_id().unwrap_or_default(),
        "name": image.name().unwrap_or_default(),
        "creation_date": image.creation_date().unwrap_or_default(),
        "owner": image.owner_id().unwrap_or_default(),
        "owner_name": image.image_owner_alias().unwrap_or_default(),
        "tags": tags.collect::<Map<String, Value>>(),
    })
}

async fn parameter(options: &AmazonParameterStore, pool: &Pool) -> Result<Found, Failure> {
    let clients = pool.clients(&options.access).await?;
    let name = &options.parameter.name;
    let client = clients.ssm(&clients.region())?;
    let input = json!({ "Name": name, "WithDecryption": options.parameter.with_decryption });
    let answer = ask("GetParameter", || client.send("GetParameter", &input)).await;
    let answer = answer.map_err(|error| match error.code.as_str() {
        "ParameterNotFound" | "ParameterVersionNotFound" => {
            let region = clients.region();
            Failure::new(format!("the Parameter Store of {region} has no parameter '{name}'"))
                .hint("check its name, its version and the region")
        }
        _ => error.into(),
    })?;
    let found = &answer["Parameter"];
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    let is_secret = found["Type"] == "SecureString";
    let secrets = Some(text("Value")).filter(|_| is_secret).into_iter().collect();
    let version = found["Version"].as_i64().unwrap_or_default().to_string();
    let value = json!({ "value": text("Value"), "version": version, "arn": text("ARN") });
    Ok(Found { value, secrets })
}

async fn secret(options: &AmazonSecretsManager, pool: &Pool) -> Result<Found, Failure> {
    let clients = pool.clients(&options.access).await?;
    let asked = &options.secret;
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let id = some(&asked.version_id);
    let stage = some(&asked.version_stage).filter(|_| id.is_none());
    let client = clients.secrets();
    let request = client.get_secret_value().secret_id(&asked.name);
    let request = request.set_version_id(id).set_version_stage(stage);
    let answer = ask("GetSecretValue", || request.clone().send()).await.map_err(|error| {
        let not_found = error.is_not_found();
        let failure = Failure::from(error);
        if not_found {
            failure.hint(format!("is there a secret '{}' in this region?", asked.name))
        } else {
            failure
        }
    })?;
    let whole = answer.secret_string.unwrap_or_default();
    let binary = answer.secret_binary.map(|blob| BASE64.encode(blob)).unwrap_or_default();
    let part = match whole.as_str() {
        "" => None,
        // Without a key, and with several in it, it has no one value, but the whole can be read.
        _ if asked.key.is_empty() => secret_part(&asked.name, &whole, None).ok(),
        _ => Some(secret_part(&asked.name, &whole, Some(&asked.key))?),
    };
    let mut secrets = vec![part.clone().unwrap_or_default(), whole.clone(), binary.clone()];
    texts(&serde_json::from_str(&whole).unwrap_or_default(), &mut secrets);
    secrets.retain(|secret| !secret.is_empty());
    let value = json!({
        "value": part,
        "secret_string": whole,
        "secret_binary": binary,
        "version_id": answer.version_id.unwrap_or_default(),
    });
    Ok(Found { value, secrets })
}

/// All texts in JSON: a template may take it apart.
fn texts(json: &Value, into: &mut Vec<String>) {
    match json {
        Value::String(text) => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, into)),
        _ => {}
    }
}

/// Asks, and asks again while the service or the way to it is at fault.
async fn ask<T, E, F>(call: &'static str, attempt: impl Fn() -> F) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    const TRIES: u32 = 5;
    let mut tries = 0;
    loop {
        // On the heap: the SDK's futures are big.
        let error = match Box::pin(attempt()).await {
            Ok(value) => return Ok(value),
            Err(error) => ApiError::of(call, &error),
        };
        tries += 1;
        if tries == TRIES || !matches!(error.sort, Sort::Throttled | Sort::Fault) {
            return Err(error);
        }
        tokio::time::sleep(pause(tries, error.sort)).await;
    }
}

fn print(answer: &Answer) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(answer)?)?;
    out.flush()
}
