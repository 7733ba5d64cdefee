//! A loopback edge for the real ngrok agent.
