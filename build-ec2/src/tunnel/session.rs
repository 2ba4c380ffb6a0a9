//! Sessions: how they are asked for and ended.

use crate::json_call::{CallError, JsonClient};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The document of Systems Manager's that forwards a port.
const DOCUMENT: &str = "AWS-StartPortForwardingSession";

/// From where to where a tunnel goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Route {
    /// The machine.
    pub(super) instance: String,
    /// The port at the machine.
    pub(super) port: u16,
    /// The port at this computer.
    pub(super) local_port: u16,
}

/// A session as StartSession gives it. The token opens the tunnel to whoever has it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Session {
    pub(super) session_id: String,
    pub(super) token_value: String,
    pub(super) stream_url: String,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Session({})", self.session_id)
    }
}

impl Route {
    /// The input of StartSession; the plugin gets it as well.
    pub(super) fn request(&self) -> Value {
        json!({
            "Target": self.instance,
            "DocumentName": DOCUMENT,
            "Parameters": {
                "portNumber": [self.port.to_string()],
                "localPortNumber": [self.local_port.to_string()],
            },
        })
    }
}

/// Asks for a session.
///
/// # Errors
/// Among others `TargetNotConnected`, while the machine's agent is not there yet.
pub(super) async fn start(client: &JsonClient, route: &Route) -> Result<Session, CallError> {
    let answer = client.send("StartSession", &route.request()).await?;
    serde_json::from_value(answer).map_err(CallError::construction_failure)
}

/// Ends a session. One that is not ended so ends when its machine does.
pub(super) async fn end(client: &JsonClient, session: &Session) {
    let _ = client.send("TerminateSession", &json!({ "SessionId": session.session_id })).await;
}
