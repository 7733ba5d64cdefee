//! The stand-in agent as a program.

fn main() -> std::process::ExitCode {
    ngrok_testkit::agent_main()
}
