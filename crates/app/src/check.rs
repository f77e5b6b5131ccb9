//! `platbook check`.

use crate::{
    admin::{self, Request},
    arguments::Data,
    log::{self, Form},
    modules::Modules,
    speech::say,
};

/// Recounts everything, in the running server where there is one. Fails when something differs, after it has said what.
pub(crate) async fn check(data: &Data) -> anyhow::Result<()> {
    log::start(Form::Text, "warn")?;
    let differences: Vec<String> = serde_json::from_value(admin::ask(data, &Request::Check).await?)?;
    for difference in &differences {
        say(difference);
    }
    match differences.len() {
        0 => say("Everything fits together."),
        1 => anyhow::bail!("there is 1 difference"),
        n => anyhow::bail!("there are {n} differences"),
    }
    Ok(())
}

/// What does not fit together, as sentences.
pub(crate) async fn differences(modules: &Modules) -> kernel::Result<Vec<String>> {
    let actor = kernel::Actor::system("check");
    let mut found = store::check(&modules.db).await?;
    found.extend(ipam::check(&modules.db, &actor).await?);
    Ok(found)
}
