//! One install: look, lock, look again, fetch, place.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Installer;
use crate::atomic::{self, Access, Content, Staged};
use crate::digest;
use crate::directory::{self, Found};
use crate::error::{Error, Result};
use crate::extract::{self, Extracted};
use crate::feed::{Announced, Failure, Feed};
use crate::lock::FileLock;
use crate::progress::Stage;
use crate::receipt::{Outcome, Receipt, receipt_path};
use crate::releases;
use crate::source::{Location, Resolved};
use crate::trust::check_place;
use ngrok_core::Deadline;

pub(super) fn install(installer: &Installer) -> Result<Receipt> {
    installer.monitor.begin();
    let deadline = Deadline::after(installer.timeout);
    let path = &installer.path;
    if let Some(receipt) = already_there(installer)? {
        return Ok(receipt);
    }
    directory::prepare(path)?;
    let before = Receipt::read(path);
    let _lock = FileLock::acquire(path, deadline, || {
        installer.monitor.enter(Stage::WaitingForLock)
    })?;
    if let Some(receipt) = done_by_another(installer, before.as_ref())? {
        return Ok(receipt);
    }
    atomic::clear_leftovers(path, Content::Program);
    atomic::clear_leftovers(&receipt_path(path), Content::Data);
    let (staged, extracted) = fetch(installer, deadline)?;
    if let Some(wanted) = &installer.binary_sha256
        && extracted.binary_sha256 != *wanted
    {
        let name = format!("the program in {}", installer.resolved.location.shown());
        return Err(Error::digest(name, wanted.clone(), extracted.binary_sha256));
    }
    installer.monitor.finish()?;
    place(installer, staged, extracted)
}

/// The receipt of a binary that is the wanted one already.
fn already_there(installer: &Installer) -> Result<Option<Receipt>> {
    let path = &installer.path;
    check_place(path)?;
    if directory::look(path)? == Found::Nothing || installer.force {
        return Ok(None);
    }
    let kept = Receipt::read(path);
    // An agent that updated itself is not what its receipt says.
    let present = match &kept {
        Some(receipt) if receipt.matches_binary()? => receipt.clone(),
        _ => Receipt::of_unknown(path)?,
    };
    if let Some(wanted) = &installer.binary_sha256 {
        return Ok((digest::of_file(path)? == *wanted).then_some(present));
    }
    let is_wanted = match (&installer.resolved.sha256, &kept) {
        // A receipt is as easily forged as the binary: only what is computed from the binary counts.
        (Some(wanted), _) => installer.accepts_binary(wanted, &digest::of_file(path)?),
        (None, Some(receipt)) if installer.resolved.is_one_file => {
            is_of_this_file(installer, receipt)?
        }
        // A channel moves on, and a binary without a receipt is the user's: neither is ours to replace unasked.
        (None, _) => true,
    };
    Ok(is_wanted.then_some(present))
}

fn is_of_this_file(installer: &Installer, receipt: &Receipt) -> Result<bool> {
    Ok(match &installer.resolved.location {
        Location::Url(url) => receipt.source.as_ref() == Some(url),
        Location::File(path) => receipt.archive_sha256 == Some(digest::of_file(path)?),
    })
}

/// What another process installed between our first look and the lock: that is as good as doing it again, even by force.
fn done_by_another(installer: &Installer, before: Option<&Receipt>) -> Result<Option<Receipt>> {
    if !installer.force
        && let Some(receipt) = already_there(installer)?
    {
        return Ok(Some(receipt));
    }
    check_place(&installer.path)?;
    let Resolved {
        location, sha256, ..
    } = &installer.resolved;
    // The other one may have been given another digest, or none. Its receipt counts here, unlike one that was there before:
    // it was written while we waited, in a place where only we and root may write.
    let receipt = Receipt::read(&installer.path).filter(|now| {
        before != Some(now)
            && now.source == Some(location.to_string())
            && sha256.as_ref().is_none_or(|wanted| now.is_from(wanted))
            && installer
                .binary_sha256
                .as_ref()
                .is_none_or(|wanted| now.binary_sha256 == *wanted)
    });
    match receipt {
        Some(receipt) if receipt.matches_binary()? => Ok(Some(receipt)),
        _ => Ok(None),
    }
}

fn fetch(installer: &Installer, deadline: Deadline) -> Result<(Staged, Extracted)> {
    match &installer.resolved.location {
        Location::File(path) => {
            let (mut file, size) = open_archive(path)?;
            match unpack(installer, &mut file, Some(size), deadline) {
                Ok(done) => Ok(done),
                Err(Failure::Error(error)) => Err(error),
                // A file never asks for it.
                Err(Failure::Restart) => Err(Error::io("read", path, ErrorKind::Other.into())),
            }
        }
        Location::Url(_) => download(installer, deadline),
    }
}

#[cfg(feature = "download")]
fn download(installer: &Installer, deadline: Deadline) -> Result<(Staged, Extracted)> {
    let Some(client) = &installer.client else {
        return Err(Error::missing_feature("download", "a download"));
    };
    let mut download = client.download(&installer.monitor, deadline);
    loop {
        let total = download.open()?;
        match unpack(installer, &mut download, total, deadline) {
            Ok(done) => return Ok(done),
            Err(Failure::Error(error)) => return Err(error),
            Err(Failure::Restart) => {}
        }
    }
}

#[cfg(not(feature = "download"))]
fn download(_: &Installer, _: Deadline) -> Result<(Staged, Extracted)> {
    Err(Error::missing_feature("download", "a download"))
}

/// The client for a location that needs one.
#[cfg(feature = "download")]
pub(super) fn client(
    location: &Location,
    network: &super::NetworkOptions,
    environment: &crate::env::Environment,
) -> Result<Option<crate::download::Client>> {
    match location {
        Location::Url(url) => crate::download::Client::new(url, network, environment).map(Some),
        Location::File(_) => Ok(None),
    }
}

#[cfg(not(feature = "download"))]
pub(super) fn refuse_download(location: &Location) -> Result<()> {
    match location {
        Location::Url(_) => Err(Error::missing_feature("download", "a download")),
        Location::File(_) => Ok(()),
    }
}

fn open_archive(path: &Path) -> Result<(File, u64)> {
    let io_error = |e| Error::io("open the archive", path, e);
    let found = fs::metadata(path).map_err(io_error)?;
    if !found.is_file() {
        return Err(Error::option(format!("{} is not a file", path.display())));
    }
    Ok((File::open(path).map_err(io_error)?, found.len()))
}

/// Reads the whole archive once; the program in it ends up in a temporary file beside its final name.
fn unpack(
    installer: &Installer,
    input: &mut dyn Read,
    total: Option<u64>,
    deadline: Deadline,
) -> Result<(Staged, Extracted), Failure> {
    let announced = Announced {
        name: &installer.resolved.location.shown(),
        total,
        sha256: installer.resolved.sha256.as_deref(),
        cap: installer.max_archive,
        deadline,
    };
    let feed = Feed::new(input, announced, &installer.monitor).map_err(Failure::Error)?;
    let mut staged =
        Staged::beside(&installer.path, Access::OwnerProgram).map_err(Failure::Error)?;
    let extracted = extract::extract(
        feed,
        staged.file(),
        atomic::parent(&installer.path),
        installer.limits,
        installer.platform,
    )?;
    Ok((staged, extracted))
}

/// Gives the binary its name, and then its receipt.
fn place(installer: &Installer, staged: Staged, extracted: Extracted) -> Result<Receipt> {
    let path = &installer.path;
    let outcome = match directory::look(path)? {
        Found::Nothing => Outcome::Fresh,
        Found::Binary => Outcome::Replaced,
    };
    let version = releases::version_of(&extracted.archive_sha256);
    let receipt = Receipt {
        path: path.clone(),
        source: Some(installer.resolved.location.to_string()),
        archive_sha256: Some(extracted.archive_sha256),
        binary_sha256: extracted.binary_sha256,
        bytes: extracted.bytes,
        agent_version: version.map(str::to_owned),
        installed_at: Some(now()),
        outcome,
    };
    let staged_receipt = receipt.stage()?;
    // Dying between the two renames must leave a binary without a receipt, never one with the other's.
    let old_receipt = Receipt::read(path);
    let _ = fs::remove_file(receipt_path(path));
    if let Err(error) = staged.place() {
        if let Some(old) = old_receipt {
            // What went wrong first is what the caller has to hear of.
            let _ = old.stage().and_then(Staged::place);
        }
        return Err(error);
    }
    staged_receipt.place()?;
    if !path.exists() {
        return Err(Error::quarantined(path));
    }
    Ok(receipt)
}

/// Now, in the whole seconds that a receipt keeps.
fn now() -> SystemTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |d| d.as_secs());
    UNIX_EPOCH + std::time::Duration::from_secs(seconds)
}
