//! `ngrok-rs open`: the agent's web inspector, in a browser.

use serde_json::json;

use crate::args::OpenArgs;
use crate::context::Context;
use crate::exit::Outcome;
use crate::tools;

pub(crate) fn run(context: &Context, args: &OpenArgs) -> Outcome {
    let ngrok = context.attached(&args.agent)?;
    // An agent that does not answer shows nothing in a browser either.
    ngrok.requests(None)?;
    let url = tools::inspect_url(&ngrok.api_url()?);
    let opened = tools::browse(&url);
    context.output.either(
        || json!({"inspect_url": url, "opened": opened}),
        || url.clone(),
    )?;
    if !opened {
        context
            .output
            .note("no browser could be started; set BROWSER, or open the URL yourself");
    }
    Ok(())
}
