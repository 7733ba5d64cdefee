//! The rows of pyngrok's agent interface.

use ngrok_facade::ConnectOptions;
use ngrok_testkit::eventually;

use crate::lab::{Lab, PATIENCE, visit};

#[test]
fn get_agent_status_tells_version_and_session() {
    let ngrok = Lab::new().ngrok();
    let status = ngrok.agent_status().unwrap();
    assert_eq!(status.status, "online");
    assert_eq!(status.agent_version, ngrok.version().unwrap().0);
    assert!(!status.uri.is_empty());
}

#[test]
fn get_requests_get_request_replay_request_and_delete_requests() {
    let lab = Lab::new();
    let ngrok = lab.ngrok();
    let one = ngrok
        .connect(ConnectOptions::http(lab.addr()).name("one"))
        .unwrap();
    let two = ngrok
        .connect(ConnectOptions::http(lab.addr()).name("two"))
        .unwrap();
    visit(&format!("{}/first?a=b", one.public_url())).unwrap();
    visit(&format!("{}/second", two.public_url())).unwrap();
    let answered = |count: usize| {
        let requests = ngrok.requests(None).unwrap();
        requests.len() == count && requests.iter().all(|it| it.response.is_some())
    };
    assert!(eventually(PATIENCE, || answered(2)));
    let of_one = ngrok.requests(Some("one")).unwrap();
    assert_eq!(of_one.len(), 1);
    let request = ngrok.request(&of_one[0].id).unwrap();
    assert_eq!(
        (request.tunnel_name.as_str(), request.request.uri.as_str()),
        ("one", "/first?a=b")
    );
    assert_eq!(request.response.as_ref().unwrap().status_code, 200);

    ngrok.replay(&request.id, None).unwrap();
    assert!(eventually(PATIENCE, || answered(3)));
    ngrok.replay(&request.id, Some("two")).unwrap();
    assert!(eventually(PATIENCE, || ngrok
        .requests(Some("two"))
        .unwrap()
        .len()
        == 2));
    assert_eq!(
        lab.upstream
            .received()
            .iter()
            .filter(|it| it.path == "/first?a=b")
            .count(),
        3
    );

    ngrok.clear_requests().unwrap();
    assert!(ngrok.requests(None).unwrap().is_empty());
    assert!(ngrok.request(&request.id).unwrap_err().is_not_found());
    assert!(ngrok.replay(&request.id, None).unwrap_err().is_not_found());
}
