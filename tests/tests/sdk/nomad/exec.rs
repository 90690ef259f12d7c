//! Commands in running tasks.

use std::time::Duration;

use nomad_client::Token;
use nomad_client::exec::{ActionTarget, ExecOptions, Output};
use nomad_client::job::Action;
use tests::stack;
use tokio::time::timeout;

use super::{NOTHING, Powerless, SOON, purge, running, service, shared};

#[test]
fn t36_commands_run_with_input_output_terminal_and_exit_code() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (allocations, job) = (nomad.allocations(), "sdk-exec");
        let mut wanted = service(job);
        let mut hello = Action::default();
        hello.name = "hello".to_owned();
        hello.command = "/bin/sh".to_owned();
        hello.args = vec!["-c".to_owned(), "echo hello $NOMAD_JOB_NAME; exit 4".to_owned()];
        wanted.task_groups[0].tasks[0].actions = vec![hello];
        nomad.jobs().register(&wanted).await.unwrap();
        let id = running(&nomad, job, 1).await.remove(0).id;
        let sh = |script: &'static str| ["/bin/sh", "-c", script];

        let session = allocations.exec(&id, "main", &sh("echo out; echo err >&2; exit 3")).await.unwrap();
        let finished = timeout(SOON, session.output()).await.unwrap().unwrap();
        assert_eq!((finished.exit_code, &finished.stdout[..], &finished.stderr[..]), (3, &b"out\n"[..], &b"err\n"[..]));
        // What ends well says nothing of its exit code.
        let session = allocations.exec(&id, "main", &["/bin/true"]).await.unwrap();
        assert_eq!(timeout(SOON, session.output()).await.unwrap().unwrap().exit_code, 0);

        // Much of it, both ways at once, to the end of the input.
        let input: Vec<u8> = (0..3_000_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let mut echoed = Vec::new();
        let session = allocations.exec(&id, "main", &["/bin/cat"]).await.unwrap();
        let code = timeout(SOON, session.run(&input[..], &mut echoed, tokio::io::sink())).await.unwrap().unwrap();
        assert!(code == 0 && echoed == input, "{code} {}", echoed.len());

        let options = ExecOptions::new().with_terminal();
        let script = sh("read line; stty size; echo got $line; tty -s && exit 5");
        let mut session = allocations.exec_with(&id, "main", &script, &options).await.unwrap();
        let input = session.input().unwrap();
        input.resize(41, 123).await.unwrap();
        input.write("typed\n").await.unwrap();
        let mut screen = String::new();
        while let Some(output) = timeout(SOON, session.next()).await.unwrap() {
            let Output::Stdout(data) = output.unwrap() else { unreachable!("a terminal has one output") };
            screen.push_str(&String::from_utf8_lossy(&data));
        }
        assert!(screen.contains("41 123") && screen.contains("got typed"), "{screen}");
        assert_eq!(session.exit_code(), Some(5));

        let mut target = ActionTarget::new();
        target.allocation.clone_from(&id);
        target.job = job.to_owned();
        target.group = "main".to_owned();
        target.task = "main".to_owned();
        let session = allocations.run_action("hello", &target).await.unwrap();
        let finished = timeout(SOON, session.output()).await.unwrap().unwrap();
        assert_eq!((finished.exit_code, &finished.stdout[..]), (4, &b"hello sdk-exec\n"[..]));
        let session = allocations.run_action("none", &target).await.unwrap();
        assert!(timeout(SOON, session.output()).await.unwrap().unwrap_err().is_not_found());
        purge(&nomad, job).await;
    });
}

#[test]
fn t37_commands_that_are_refused_are_errors() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let job = "sdk-exec-refused";
        nomad.jobs().register(&service(job)).await.unwrap();
        let id = running(&nomad, job, 1).await.remove(0).id;
        let powerless = Powerless::new(&nomad, "sdk-exec-refused").await;
        let stranger = nomad.with_token(Token::new(NOTHING).unwrap());
        let refused = async |client: &nomad_client::Client, id: &str, task: &str, program: &str| match client
            .allocations()
            .exec(id, task, &[program])
            .await
        {
            Ok(session) => timeout(SOON, session.output()).await.unwrap().unwrap_err(),
            Err(error) => error,
        };
        for client in [&powerless.client, &stranger, &nomad.anonymous()] {
            let error = refused(client, &id, "main", "/bin/true").await;
            assert!(error.is_denied(), "{error:?}");
        }
        assert!(refused(&nomad, NOTHING, "main", "/bin/true").await.is_not_found());
        assert!(refused(&nomad, &id, "none", "/bin/true").await.is_not_found());
        assert!(refused(&nomad, &id, "main", "/bin/none").await.is_not_found());
        powerless.end(&nomad).await;

        // A command whose task is stopped ends one way or the other, and never in silence.
        let session = nomad.allocations().exec(&id, "main", &["/bin/sleep", "600"]).await.unwrap();
        let stop = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            purge(&nomad, job).await;
        };
        let (ended, ()) = tokio::join!(timeout(SOON, session.output()), stop);
        assert!(ended.unwrap().map_or(true, |finished| finished.exit_code != 0));
    });
}
