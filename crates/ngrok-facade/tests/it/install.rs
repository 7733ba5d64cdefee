//! Installing, and the secrets in the config file.

use ngrok_facade::installer::{ErrorKind, Installer, Source};
use ngrok_facade::{ConfigVersion, Error, Ngrok};
use ngrok_testkit::archive::{self, Entry};
use ngrok_testkit::{DownloadHost, agent_bin};

use crate::lab::Lab;

#[test]
fn install_ngrok_downloads_only_what_is_missing() {
    let lab = Lab::new();
    let host = DownloadHost::start().unwrap();
    let program = std::fs::read(agent_bin()).unwrap();
    host.serve(
        "/ngrok.tgz",
        archive::tgz(&[Entry::executable("ngrok", program)]).unwrap(),
    );
    let path = lab.folder.path().join("bin/ngrok");
    let config = lab
        .builder()
        .ngrok_path(&path)
        .download_url(host.url("/ngrok.tgz"))
        .build()
        .unwrap();
    let ngrok = Ngrok::new(config);
    ngrok.install().unwrap();
    assert!(path.is_file());
    assert_eq!(lab.read().trim(), "version: \"2\"");
    // Neither the binary nor the config file is touched again, whatever is in them.
    std::fs::write(&path, "broken").unwrap();
    lab.write("version: 3\n");
    ngrok.install().unwrap();
    assert_eq!(host.count("/ngrok.tgz"), 1);
    assert_eq!(std::fs::read(&path).unwrap(), b"broken");
    assert_eq!(lab.read(), "version: 3\n");
    // A binary that is there but cannot run is an error with its path, never a new download.
    let error = ngrok.connect(80).unwrap_err();
    assert!(matches!(error, Error::Agent(_)), "{error:?}");
    assert!(
        error.to_string().contains(path.to_str().unwrap()),
        "{error}"
    );
    assert_eq!(host.count("/ngrok.tgz"), 1);
}

#[test]
fn verify_binary_refuses_one_that_was_changed() {
    let lab = Lab::new();
    let archive = lab.folder.path().join("ngrok.tgz");
    let program = std::fs::read(agent_bin()).unwrap();
    std::fs::write(
        &archive,
        archive::tgz(&[Entry::executable("ngrok", program.clone())]).unwrap(),
    )
    .unwrap();
    let path = lab.folder.path().join("ngrok");
    Installer::builder()
        .path(&path)
        .source(Source::archive(&archive))
        .build()
        .unwrap()
        .install()
        .unwrap();
    let ngrok = || {
        Ngrok::new(
            lab.builder()
                .ngrok_path(&path)
                .verify_binary(true)
                .build()
                .unwrap(),
        )
    };
    ngrok().connect(lab.addr()).unwrap();
    // It would run as before, but it is another one.
    std::fs::write(&path, [program, b"more".to_vec()].concat()).unwrap();
    let error = ngrok().connect(lab.addr()).unwrap_err();
    assert!(
        matches!(&error, Error::Install(error) if error.kind() == ErrorKind::Modified),
        "{error:?}"
    );
}

#[test]
fn set_auth_token_and_set_api_key_edit_the_file_and_leave_the_rest() {
    let lab = Lab::new();
    lab.write("# mine\nversion: 3\nagent:\n  region: eu # near\n");
    let ngrok = lab.ngrok();
    ngrok.set_auth_token("planted-token").unwrap();
    ngrok.set_api_key("planted-key").unwrap();
    let text = lab.read();
    assert!(
        text.starts_with("# mine\nversion: 3\nagent:\n  region: eu # near\n"),
        "{text}"
    );
    assert!(
        text.contains("  authtoken: planted-token\n") && text.contains("  api_key: planted-key\n"),
        "{text}"
    );
    assert!(ngrok.running().is_none(), "no agent is needed for it");
}

#[test]
fn set_auth_token_makes_a_file_of_the_version_asked_for() {
    let lab = Lab::new();
    lab.endpoints().set_auth_token("planted-token").unwrap();
    let config = ngrok_facade::installer::config::AgentConfig::load(lab.file()).unwrap();
    assert_eq!(config.version(), Some(ConfigVersion::V3));
    assert_eq!(config.value()["agent"]["authtoken"], "planted-token");
}

#[test]
fn the_installers_own_interface_is_here_too() {
    let lab = Lab::new();
    let archive = lab.folder.path().join("ngrok.tgz");
    let program = std::fs::read(agent_bin()).unwrap();
    std::fs::write(
        &archive,
        archive::tgz(&[Entry::executable("ngrok", program)]).unwrap(),
    )
    .unwrap();
    let path = lab.folder.path().join("ngrok");
    Installer::builder()
        .path(&path)
        .source(Source::archive(&archive))
        .build()
        .unwrap()
        .install()
        .unwrap();
    assert!(
        Ngrok::new(lab.builder().ngrok_path(&path).build().unwrap())
            .connect(lab.addr())
            .is_ok()
    );
}

/// In a shared folder another user may have put it there, or may exchange it.
#[cfg(unix)]
#[test]
fn a_binary_that_everyone_may_write_is_not_started() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new();
    let path = lab.folder.path().join("ngrok");
    std::fs::copy(agent_bin(), &path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
    let ngrok = Ngrok::new(lab.builder().ngrok_path(&path).build().unwrap());
    match ngrok.connect(80).unwrap_err() {
        Error::Install(error) => {
            assert_eq!(error.kind(), ErrorKind::Insecure);
            assert_eq!(error.path(), Some(path.as_path()));
        }
        other => panic!("{other}"),
    }
}
