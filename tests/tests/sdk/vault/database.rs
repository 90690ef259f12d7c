//! The database engine, with a real `PostgreSQL`.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tests::postgres::{ADMIN, Database, PASSWORD};
use tests::stack;
use vault_client::database::{Connection, Role, StaticRole};

use super::{HOUR, MINUTE, client, denied, missing, mount, powerless, unmount, wrong};

const MOUNT: &str = "sdk-database";
const STATEMENT: &str = r#"create role "{{name}}" with login password '{{password}}' valid until '{{expiration}}'"#;

fn role() -> Role {
    let mut role = Role::new("main", [STATEMENT]);
    role.default_ttl = Some(MINUTE);
    role.max_ttl = Some(HOUR);
    role
}

#[test]
fn users_are_made_and_removed() {
    stack::run(async {
        let vault = client().await;
        let postgres = Database::start().await;
        mount(&vault, MOUNT, "database").await;
        let database = vault.database(MOUNT);
        assert!(database.list_configs().await.unwrap().is_empty());
        assert!(database.read_config("main").await.unwrap().is_none());
        let connection = Connection::new("postgresql-database-plugin", postgres.connection_url(), ADMIN)
            .with_allowed_roles(["web"])
            .with_option("password_authentication", "scram-sha-256");
        let password = SecretString::from(PASSWORD);
        wrong(database.put_config("main", &connection, Some(&"not the password".into())).await);
        database.put_config("main", &connection, Some(&password)).await.unwrap();
        assert_eq!(database.list_configs().await.unwrap(), ["main"]);
        let read = database.read_config("main").await.unwrap().unwrap();
        assert_eq!((&read.plugin_name, &read.allowed_roles), (&connection.plugin_name, &connection.allowed_roles));
        assert_eq!(read.connection_details, connection.connection_details);
        database.reset("main").await.unwrap();
        missing(database.reset("none").await);

        assert!(database.list_roles().await.unwrap().is_empty());
        assert!(database.read_role("web").await.unwrap().is_none());
        database.put_role("web", &role()).await.unwrap();
        assert_eq!(database.list_roles().await.unwrap(), ["web"]);
        let read = database.read_role("web").await.unwrap().unwrap();
        assert_eq!((read.db_name.as_deref(), read.default_ttl, read.max_ttl), (Some("main"), Some(MINUTE), Some(HOUR)));
        assert_eq!(read.creation_statements, role().creation_statements);

        // The engine goes on with a password that nobody else knows.
        database.rotate_root("main").await.unwrap();
        assert!(postgres.ask(ADMIN, PASSWORD, "select 1").await.is_err());
        missing(database.rotate_root("none").await);
        let user = database.creds("web").await.unwrap();
        assert!(user.lease.renewable && user.lease.duration == MINUTE && user.lease.id.starts_with(MOUNT));
        let own = postgres.ask(&user.data.username, user.data.password.expose_secret(), "select current_user").await;
        assert_eq!(own.as_ref(), Ok(&user.data.username));
        missing(database.creds("none").await);
        assert!(vault.sys().leases().renew(&user.lease.id, Some(5 * MINUTE)).await.unwrap().duration > MINUTE);
        vault.sys().leases().revoke(&user.lease.id).await.unwrap();
        let gone = postgres.ask(&user.data.username, user.data.password.expose_secret(), "select 1").await;
        assert!(gone.is_err());

        let weak = powerless(&vault).await;
        let refused = weak.database(MOUNT);
        denied(refused.list_configs().await);
        denied(refused.read_config("main").await);
        denied(refused.put_config("main", &connection, None).await);
        denied(refused.delete_config("main").await);
        denied(refused.reset("main").await);
        denied(refused.rotate_root("main").await);
        denied(refused.list_roles().await);
        denied(refused.read_role("web").await);
        denied(refused.put_role("web", &role()).await);
        denied(refused.delete_role("web").await);
        denied(refused.creds("web").await);
        weak.token().revoke_self().await.unwrap();

        for _ in 0..2 {
            database.delete_role("web").await.unwrap();
            database.delete_config("main").await.unwrap();
        }
        assert!(database.read_role("web").await.unwrap().is_none());
        assert!(database.read_config("main").await.unwrap().is_none());
        unmount(&vault, MOUNT).await;
        missing(database.list_configs().await);
        postgres.stop().await;
    });
}

#[test]
fn t22_users_that_are_there_already_get_new_passwords_and_no_lease() {
    stack::run(async {
        let vault = client().await;
        let postgres = Database::start().await;
        let mount_path = "sdk-database-static";
        mount(&vault, mount_path, "database").await;
        let database = vault.database(mount_path);
        let connection = Connection::new("postgresql-database-plugin", postgres.connection_url(), ADMIN)
            .with_allowed_roles(["*"])
            .with_option("password_authentication", "scram-sha-256");
        database.put_config("main", &connection, Some(&SecretString::from(PASSWORD))).await.unwrap();
        let create = "create role reports with login password 'old'; select 1";
        postgres.ask(ADMIN, PASSWORD, create).await.unwrap();

        assert!(database.list_static_roles().await.unwrap().is_empty());
        assert!(database.read_static_role("reports").await.unwrap().is_none());
        let role = StaticRole::new("main", "reports", HOUR);
        database.put_static_role("reports", &role).await.unwrap();
        assert_eq!(database.list_static_roles().await.unwrap(), ["reports"]);
        let read = database.read_static_role("reports").await.unwrap().unwrap();
        assert!(read.last_vault_rotation.is_some());
        assert_eq!((read.role.username.as_deref(), read.role.rotation_period), (Some("reports"), Some(HOUR)));
        wrong(database.put_static_role("odd", &StaticRole::new("main", "reports", Duration::from_secs(1))).await);

        let first = database.static_creds("reports").await.unwrap();
        assert!(first.ttl <= HOUR && first.ttl + MINUTE > HOUR && first.rotation_period == HOUR, "{first:?}");
        assert!(!format!("{first:?}").contains(first.password.expose_secret()));
        let own = postgres.ask("reports", first.password.expose_secret(), "select current_user").await;
        assert_eq!(own.as_deref(), Ok("reports"));
        assert!(postgres.ask("reports", "old", "select 1").await.is_err());
        database.rotate_role("reports").await.unwrap();
        let second = database.static_creds("reports").await.unwrap();
        assert!(second.last_vault_rotation >= first.last_vault_rotation);
        assert!(postgres.ask("reports", first.password.expose_secret(), "select 1").await.is_err());
        assert!(postgres.ask("reports", second.password.expose_secret(), "select 1").await.is_ok());
        missing(database.static_creds("none").await);
        assert!(database.rotate_role("none").await.is_err());

        let mut change = StaticRole::default();
        change.db_name = Some("main".to_owned());
        change.username = Some("reports".to_owned());
        change.rotation_schedule = Some("0 3 * * SAT".to_owned());
        change.rotation_window = Some(2 * HOUR);
        database.put_static_role("reports", &change).await.unwrap();
        let read = database.read_static_role("reports").await.unwrap().unwrap().role;
        assert_eq!((read.rotation_schedule.as_deref(), read.rotation_window), (Some("0 3 * * SAT"), Some(2 * HOUR)));
        let scheduled = database.static_creds("reports").await.unwrap();
        assert!(scheduled.rotation_schedule == "0 3 * * SAT" && !scheduled.ttl.is_zero(), "{scheduled:?}");
        let reloaded = database.reload("postgresql-database-plugin").await.unwrap();
        assert_eq!((reloaded.connections, reloaded.count), (vec!["main".to_owned()], 1));

        let weak = powerless(&vault).await;
        let refused = weak.database(mount_path);
        denied(refused.list_static_roles().await);
        denied(refused.read_static_role("reports").await);
        denied(refused.put_static_role("reports", &role).await);
        denied(refused.delete_static_role("reports").await);
        denied(refused.static_creds("reports").await);
        denied(refused.rotate_role("reports").await);
        denied(refused.reload("postgresql-database-plugin").await);
        weak.token().revoke_self().await.unwrap();
        for _ in 0..2 {
            database.delete_static_role("reports").await.unwrap();
        }
        unmount(&vault, mount_path).await;
        postgres.stop().await;
    });
}
