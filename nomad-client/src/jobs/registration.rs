//! From a job's text to its registration and its end.

use serde::Serialize;
use serde_json::json;

use super::{
    DeregisterOptions, DeregisterResponse, EvaluateOptions, Jobs, ParseOptions, PlanOptions, PlanResponse,
    RegisterOptions, RegisterResponse, ValidateResponse,
};
use crate::error::Result;
use crate::job::Job;
use crate::transport::Request;

impl Jobs {
    /// Registers a job, whatever was there before. `PUT /v1/jobs`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#create-job)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::job::{Job, JobType, Task, TaskGroup};
    ///
    /// let mut group = TaskGroup::new("main");
    /// group.tasks.push(Task::new("server", "raw_exec"));
    /// let mut job = Job::new("latticedb", JobType::Service);
    /// job.task_groups.push(group);
    /// let registered = nomad.jobs().register(&job).await?;
    /// println!("{}", registered.warnings);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::Validation`](crate::Reason::Validation) when it breaks rules; [`Error::is_denied`](crate::Error::is_denied)
    /// without `namespace:submit-job`; [`Reason::RegistrationDisabled`](crate::Reason::RegistrationDisabled) when the
    /// cluster takes no jobs now.
    pub async fn register(&self, job: &Job) -> Result<RegisterResponse> {
        self.register_with(job, &RegisterOptions::new()).await
    }

    /// As [`Jobs::register`], if the guard of the options holds.
    ///
    /// # Errors
    /// [`Error::is_conflict`](crate::Error::is_conflict) when the guard does not hold; otherwise as [`Jobs::register`].
    pub async fn register_with(&self, job: &Job, options: &RegisterOptions) -> Result<RegisterResponse> {
        self.client_for(job).fetch(register_request(job, options)?).await
    }

    /// Registers a job under this id, which must be its own. `PUT /v1/job/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#update-existing-job)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let mut job = nomad.jobs().read("latticedb").await?;
    /// job.priority = Some(70);
    /// nomad.jobs().update("latticedb", &job).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Jobs::register`]; [`Reason::Invalid`](crate::Reason::Invalid) when the job has another id.
    pub async fn update(&self, id: &str, job: &Job) -> Result<RegisterResponse> {
        self.update_with(id, job, &RegisterOptions::new()).await
    }

    /// As [`Jobs::update`], if the guard of the options holds.
    ///
    /// # Errors
    /// As [`Jobs::register_with`] and [`Jobs::update`].
    pub async fn update_with(&self, id: &str, job: &Job, options: &RegisterOptions) -> Result<RegisterResponse> {
        let request = Request::put("/v1/job/:id", [id])?.json(&Registration { job, options })?;
        self.client_for(job).fetch(guarded(request, options)).await
    }

    /// Shows what registering a job would do. Nothing is changed. `PUT /v1/job/:id/plan`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#create-job-plan)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// use nomad_client::jobs::PlanOptions;
    ///
    /// let job = nomad.jobs().parse(r#"job "latticedb" { … }"#).await?;
    /// let plan = nomad.jobs().plan(&job, &PlanOptions::new().with_diff()).await?;
    /// // Registers what was planned, if nothing else has happened meanwhile.
    /// nomad.jobs().apply(&job, &plan.token(&job)?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Jobs::register`].
    pub async fn plan(&self, job: &Job, options: &PlanOptions) -> Result<PlanResponse> {
        self.client_for(job).fetch(plan_request(job, options)?).await
    }

    /// Checks a job, with what its drivers say about it. `PUT /v1/validate/job`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/validate#validate-job)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let job = nomad.jobs().parse(r#"job "latticedb" { … }"#).await?;
    /// for wrong in nomad.jobs().validate(&job).await?.validation_errors {
    ///     println!("{wrong}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:read-job`. A bad job is no error but an answer.
    pub async fn validate(&self, job: &Job) -> Result<ValidateResponse> {
        let request = Request::put("/v1/validate/job", [])?.json(&Envelope { job })?.idempotent();
        self.client_for(job).fetch(request).await
    }

    /// Reads a job from HCL. `PUT /v1/jobs/parse`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#parse-job)).
    ///
    /// The server reads no files: a `file()` in the text is an error.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let job = nomad.jobs().parse(r#"job "latticedb" { … }"#).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::Invalid`](crate::Reason::Invalid) when the text is no job;
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:parse-job`.
    pub async fn parse(&self, hcl: &str) -> Result<Job> {
        self.parse_with(hcl, &ParseOptions::new()).await
    }

    /// As [`Jobs::parse`], with options.
    ///
    /// # Errors
    /// As [`Jobs::parse`].
    pub async fn parse_with(&self, hcl: &str, options: &ParseOptions) -> Result<Job> {
        let body = json!({ "JobHCL": hcl, "Variables": options.variables, "Canonicalize": options.canonicalize });
        self.client.fetch(Request::put("/v1/jobs/parse", [])?.json(&body)?.idempotent()).await
    }

    /// Looks again at a job's placements. `PUT /v1/job/:id/evaluate`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#create-job-evaluation)); needs
    /// `namespace:read-job`.
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// let made = nomad.jobs().evaluate("latticedb").await?;
    /// println!("{:?}", made.eval_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_not_found`](crate::Error::is_not_found) when there is no such job; the server refuses periodic and
    /// parameterized jobs.
    pub async fn evaluate(&self, id: &str) -> Result<RegisterResponse> {
        self.evaluate_with(id, &EvaluateOptions::new()).await
    }

    /// As [`Jobs::evaluate`], with options.
    ///
    /// # Errors
    /// As [`Jobs::evaluate`]; [`Error::is_denied`](crate::Error::is_denied) to force without `namespace:submit-job`.
    pub async fn evaluate_with(&self, id: &str, options: &EvaluateOptions) -> Result<RegisterResponse> {
        let body = json!({ "JobID": id, "EvalOptions": { "ForceReschedule": options.force_reschedule } });
        self.client.put("/v1/job/:id/evaluate", [id], &body).await
    }

    /// Stops a job; one that does not exist is fine too. `DELETE /v1/job/:id`
    /// ([API](https://developer.hashicorp.com/nomad/api-docs/jobs#stop-a-job)).
    ///
    /// ```no_run
    /// # async fn example(nomad: nomad_client::Client) -> nomad_client::Result<()> {
    /// nomad.jobs().deregister("latticedb").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_denied`](crate::Error::is_denied) without `namespace:submit-job`.
    pub async fn deregister(&self, id: &str) -> Result<DeregisterResponse> {
        self.deregister_with(id, &DeregisterOptions::new()).await
    }

    /// As [`Jobs::deregister`], with options.
    ///
    /// # Errors
    /// As [`Jobs::deregister`].
    pub async fn deregister_with(&self, id: &str, options: &DeregisterOptions) -> Result<DeregisterResponse> {
        self.client.fetch(deregister_request(id, options)?).await
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a> {
    job: &'a Job,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Registration<'a> {
    job: &'a Job,
    #[serde(flatten)]
    options: &'a RegisterOptions,
}

pub(super) fn register_request(job: &Job, options: &RegisterOptions) -> Result<Request> {
    let request = Request::put("/v1/jobs", [])?.json(&Registration { job, options })?;
    Ok(guarded(request, options))
}

/// A guarded registration that is repeated after it succeeded reports a conflict with itself.
fn guarded(request: Request, options: &RegisterOptions) -> Request {
    if options.is_guarded() { request } else { request.idempotent() }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Planned<'a> {
    job: &'a Job,
    diff: bool,
    policy_override: bool,
}

pub(super) fn plan_request(job: &Job, options: &PlanOptions) -> Result<Request> {
    let id = job.id.as_deref().unwrap_or_default();
    let request = Request::put("/v1/job/:id/plan", [id])?;
    let planned = Planned { job, diff: options.diff, policy_override: options.policy_override };
    Ok(request.json(&planned)?.idempotent())
}

pub(super) fn deregister_request(id: &str, options: &DeregisterOptions) -> Result<Request> {
    let mut request = Request::delete("/v1/job/:id", [id])?.idempotent();
    let flags =
        [("purge", options.purge), ("global", options.global), ("no_shutdown_delay", options.no_shutdown_delay)];
    for (name, value) in flags {
        if value {
            request = request.query(name, "true");
        }
    }
    Ok(match options.eval_priority {
        Some(priority) => request.query("eval_priority", priority.to_string()),
        None => request,
    })
}
