//! Jobs that are launched from others.

use bytes::Bytes;

use super::{DispatchOptions, DispatchResponse, Jobs};
use crate::error::Result;
use crate::meta::Evaluated;
use crate::random;
use crate::transport::Request;

impl Jobs {
    /// Launches a periodic job now and returns the evaluation. `PUT /v1/job/:id/periodic/force`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#force-new-periodic-instance)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let evaluation = nomad.jobs().periodic_force("backup").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such job; the server refuses one that is not
    /// periodic.
    pub async fn periodic_force(&self, id: &str) -> Result<Option<String>> {
        let forced: Evaluated = self.client.fetch(Request::put("/v1/job/:id/periodic/force", [id])?).await?;
        Ok(forced.eval_id)
    }

    /// Launches a parameterized job. `PUT /v1/job/:id/dispatch`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#dispatch-job)); needs
    /// `namespace:dispatch-job`.
    ///
    /// Each call launches one job, even if its answer gets lost and it is asked again. To make several calls launch
    /// only one, give them the same [`idempotency_token`](DispatchOptions::idempotency_token).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::jobs::DispatchOptions;
    ///
    /// let mut options = DispatchOptions::new();
    /// options.payload = Some("work on this".into());
    /// let launched = nomad.jobs().dispatch("worker", &options).await?;
    /// println!("{}", launched.dispatched_job_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such job; the server refuses a payload or
    /// labels that the job does not allow, or the lack of those that it requires.
    pub async fn dispatch(&self, id: &str, options: &DispatchOptions) -> Result<DispatchResponse> {
        self.client.fetch(dispatch_request(id, options)?).await
    }

    /// Launches a parameterized job that needs no labels with these bytes, at most 16 KiB.
    /// `PUT /v1/job/:id/dispatch/payload`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#dispatch-job)); needs `namespace:dispatch-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.jobs().dispatch_payload("worker", "work on this").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Jobs::dispatch`].
    pub async fn dispatch_payload(&self, id: &str, payload: impl Into<Bytes>) -> Result<DispatchResponse> {
        let request = Request::put("/v1/job/:id/dispatch/payload", [id])?;
        let request = request.bytes(payload.into(), "application/octet-stream");
        self.client.fetch(once(request, None)).await
    }
}

pub(super) fn dispatch_request(id: &str, options: &DispatchOptions) -> Result<Request> {
    let request = Request::put("/v1/job/:id/dispatch", [id])?.json(options)?;
    Ok(once(request, options.idempotency_token.as_deref()))
}

/// The server answers a repetition with the job that the first one made.
fn once(request: Request, token: Option<&str>) -> Request {
    let token = token.map_or_else(random::uuid, ToOwned::to_owned);
    request.query("idempotency_token", token).idempotent()
}
