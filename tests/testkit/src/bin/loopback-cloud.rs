//! The stand-in cloud API as a program.

fn main() -> std::process::ExitCode {
    ngrok_testkit::cloud_main()
}
