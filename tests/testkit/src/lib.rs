//! A loopback ngrok agent, download host and cloud API to test against.
