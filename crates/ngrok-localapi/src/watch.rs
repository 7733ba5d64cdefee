//! An iterator over captured requests as they come.
//!
//! The agent tells nothing by itself, so it is asked again and again; what it answers needs care. Its list is sorted by id, and
//! ids begin with the second and go on at random: a new request may stand *below* known ones of the same second. So each look
//! reaches back a second before the newest request known, and all ids of that span are remembered. And the agent drops old
//! requests to make room: if one of the newest second is gone, others may have come and gone unseen.
//!
//! A list carries whole bodies. Once the newest second is past, what is new can only stand on top, so then one is asked for.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::error::Detail;
use crate::{CapturedRequest, Client, Error, ErrorKind, Result, requests};
use ngrok_core::Deadline;

/// How far a look reaches back before the newest request known.
const OVERLAP: Duration = Duration::from_secs(1);
/// The pause between two looks when something happens, and when nothing does.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// After so long without news, nothing can come into the newest second any more.
const PAST: Duration = Duration::from_secs(3);
/// How many more than those known are asked for at first.
const ROOM: u32 = 8;
/// More than any agent keeps.
const MOST: u32 = 1 << 20;

/// What a [`Watch`] sees.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Watched {
    /// A request that was not seen before. It may still be under way: then it has no response.
    Request(Box<CapturedRequest>),
    /// The agent has forgotten requests that were seen, so it may have forgotten others that were not.
    Gap,
}

/// An endless iterator over captured requests: each once, oldest first, as they come; see [`Requests::watch`](crate::Requests::watch).
///
/// It polls, every 20 ms while something happens and every second when nothing does. An error is one item; the next look
/// follows after a pause. It ends only by its [`stop_handle`](Self::stop_handle).
///
/// A gap before the very first request that is seen cannot be noticed.
#[derive(Debug)]
pub struct Watch {
    client: Client,
    tunnel: Option<String>,
    known: Known,
    ready: VecDeque<Watched>,
    /// Those that `wait_for` skipped while they had no response.
    under_way: Vec<String>,
    pause: Duration,
    stop: StopHandle,
}

/// Ends a [`Watch`] from another thread.
#[derive(Clone, Debug, Default)]
pub struct StopHandle(Arc<(Mutex<bool>, Condvar)>);

impl StopHandle {
    /// Ends the watch: its iterator gives None, at once if it is waiting.
    pub fn stop(&self) {
        let (stopped, changed) = &*self.0;
        *stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
    }

    /// Waits, and tells whether it was stopped.
    fn wait(&self, pause: Duration) -> bool {
        let (stopped, changed) = &*self.0;
        let guard = stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = changed.wait_timeout_while(guard, pause, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Watch {
    pub(crate) fn from_start(client: Client, tunnel: Option<String>) -> Self {
        Self {
            client,
            tunnel,
            known: Known::default(),
            ready: VecDeque::new(),
            under_way: Vec::new(),
            pause: Duration::ZERO,
            stop: StopHandle::default(),
        }
    }

    pub(crate) fn from_now(client: Client, tunnel: Option<String>) -> Result<Self> {
        let mut watch = Self::from_start(client, tunnel);
        watch.look_first()?;
        Ok(watch)
    }

    /// A handle that ends this iterator.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// The next request that `predicate` accepts; those before it are skipped.
    ///
    /// A request under way is shown to `predicate` again once it has a response.
    ///
    /// # Errors
    ///
    /// [`Timeout`](ErrorKind::Timeout) if none was accepted in time or the watch was stopped; an error of the agent that
    /// trying again does not mend.
    pub fn wait_for(
        &mut self,
        mut predicate: impl FnMut(&CapturedRequest) -> bool,
        timeout: Duration,
    ) -> Result<CapturedRequest> {
        let deadline = Deadline::after(timeout);
        let mut failure = None;
        loop {
            while let Some(seen) = self.ready.pop_front() {
                match seen {
                    Watched::Request(request) if predicate(&request) => return Ok(*request),
                    Watched::Request(request) if request.response.is_none() => {
                        self.under_way.push(request.id);
                    }
                    Watched::Request(_) | Watched::Gap => {}
                }
            }
            if deadline.is_over() || self.stop.wait(deadline.remaining_or(self.pause)) {
                return Err(Error::new(Detail::NoMatch(timeout, failure)));
            }
            let call = deadline.min(self.client.deadline());
            failure = match self.look(call) {
                Ok(()) => None,
                // The call ended with the wait.
                Err(e) if e.is_timeout() && deadline.is_over() => failure,
                Err(e) if e.is_retryable() => Some(e),
                Err(e) => return Err(e),
            };
            if let Some(request) = self.answered(&mut predicate, call)? {
                return Ok(request);
            }
        }
    }

    /// Looks after the requests that were under way, and gives back the first that `predicate` accepts now.
    fn answered(
        &mut self,
        predicate: &mut impl FnMut(&CapturedRequest) -> bool,
        deadline: Deadline,
    ) -> Result<Option<CapturedRequest>> {
        let mut asked = std::mem::take(&mut self.under_way).into_iter();
        while let Some(id) = asked.next() {
            match requests::get(&self.client, &id, deadline) {
                Ok(request) if request.response.is_none() => self.under_way.push(id),
                Ok(request) if predicate(&request) => {
                    self.under_way.extend(asked);
                    return Ok(Some(request));
                }
                Ok(_) => {}
                // Dropped to make room.
                Err(e) if e.is_not_found() => {}
                Err(e) if e.is_retryable() => self.under_way.push(id),
                Err(e) => return Err(e),
            }
        }
        Ok(None)
    }

    /// Learns what is there already, without showing it.
    fn look_first(&mut self) -> Result<()> {
        let deadline = self.client.deadline();
        let look = self.fetch(deadline, |list| list.iter().filter_map(started).max())?;
        self.known.take_in(look);
        self.pause = SHORTEST_PAUSE;
        Ok(())
    }

    fn look(&mut self, deadline: Deadline) -> Result<()> {
        if self.known.is_past() && self.nothing_on_top(deadline)? {
            self.pause = (self.pause * 2).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
            return Ok(());
        }
        let newest = self.known.newest;
        let begin = Instant::now();
        let looked = self
            .fetch(deadline, |_| newest)
            .map(|look| self.known.take_in(look));
        let nothing = looked.as_ref().map_or(true, |new| new.is_empty());
        self.pause = if nothing {
            (self.pause * 2).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
        } else {
            // A look at much takes long: at most half of the time goes into looking.
            begin.elapsed().max(SHORTEST_PAUSE)
        };
        self.ready.extend(looked?);
        Ok(())
    }

    /// Whether the newest request is still the same.
    fn nothing_on_top(&self, deadline: Deadline) -> Result<bool> {
        let list = requests::list(&self.client, Some(1), self.tunnel.as_deref(), deadline)?;
        let on_top = list.first().map(|request| request.id.as_str());
        Ok(on_top == self.known.on_top.as_deref())
    }

    /// Asks for more and more until the list reaches back far enough before `newest`, or is all there is.
    fn fetch(
        &self,
        deadline: Deadline,
        newest: impl Fn(&[CapturedRequest]) -> Option<SystemTime>,
    ) -> Result<Look> {
        let mut limit = ROOM
            + u32::try_from(self.known.ids.len())
                .unwrap_or(MOST)
                .min(MOST);
        let mut may_grow = true;
        loop {
            let tunnel = self.tunnel.as_deref();
            match requests::list(&self.client, Some(limit), tunnel, deadline) {
                Ok(list) => {
                    let all = list.len() < limit as usize;
                    let oldest = list.iter().map(started).min().flatten();
                    let back_far_enough = oldest
                        .zip(horizon(newest(&list)))
                        .is_some_and(|(at, horizon)| at < horizon);
                    let complete = all || back_far_enough;
                    if complete || !may_grow || limit >= MOST {
                        return Ok(Look { list, complete });
                    }
                    limit *= 2;
                }
                // Large bodies: see fewer, rather than nothing.
                Err(e) if e.kind() == ErrorKind::TooLarge && limit > 1 => {
                    limit /= 2;
                    may_grow = false;
                }
                Err(e) => return Err(e),
            }
        }
    }
}

impl Iterator for Watch {
    type Item = Result<Watched>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.stop.wait(Duration::ZERO) {
            return None;
        }
        loop {
            if let Some(seen) = self.ready.pop_front() {
                return Some(Ok(seen));
            }
            if self.stop.wait(self.pause) {
                return None;
            }
            if let Err(e) = self.look(self.client.deadline()) {
                return Some(Err(e));
            }
        }
    }
}

/// One answer of the agent.
struct Look {
    /// Newest first, as far as is known.
    list: Vec<CapturedRequest>,
    /// Whether nothing that may be new is missing in it.
    complete: bool,
}

/// The requests that were seen, as far back as a look reaches.
#[derive(Debug, Default)]
struct Known {
    ids: HashMap<String, Option<SystemTime>>,
    newest: Option<SystemTime>,
    /// The id that the last list began with.
    on_top: Option<String>,
    /// When something new was last seen.
    news: Option<Instant>,
}

impl Known {
    fn is_past(&self) -> bool {
        self.news.is_some_and(|at| at.elapsed() > PAST)
    }

    /// Takes in a look, and gives back what is new in it, oldest first.
    fn take_in(&mut self, look: Look) -> Vec<Watched> {
        self.on_top = look.list.first().map(|request| request.id.clone());
        let present: HashSet<&str> = look.list.iter().map(|r| r.id.as_str()).collect();
        let gap = if look.complete {
            let newest_second = self.newest.map(whole_second);
            self.ids.iter().any(|(id, at)| {
                at.map(whole_second) == newest_second && !present.contains(id.as_str())
            })
        } else {
            !self.ids.is_empty() && !self.ids.keys().any(|id| present.contains(id.as_str()))
        };
        if look.complete {
            self.ids.retain(|id, _| present.contains(id.as_str()));
        }

        let horizon_before = horizon(self.newest);
        let mut new: Vec<CapturedRequest> = look.list;
        new.retain(|request| {
            let too_old = started(request)
                .zip(horizon_before)
                .is_some_and(|(at, h)| at < h);
            !too_old && !self.ids.contains_key(&request.id)
        });
        new.reverse();
        new.sort_by_key(started);

        if !new.is_empty() || self.news.is_none() {
            self.news = Some(Instant::now());
        }
        for request in &new {
            let at = started(request);
            self.newest = self.newest.max(at);
            self.ids.insert(request.id.clone(), at);
        }
        let horizon_now = horizon(self.newest);
        self.ids.retain(|_, at| *at >= horizon_now);

        let gap = gap.then_some(Watched::Gap);
        let new = new
            .into_iter()
            .map(|request| Watched::Request(Box::new(request)));
        gap.into_iter().chain(new).collect()
    }
}

fn started(request: &CapturedRequest) -> Option<SystemTime> {
    request.start.to_system_time()
}

fn horizon(newest: Option<SystemTime>) -> Option<SystemTime> {
    newest?.checked_sub(OVERLAP)
}

/// Whole seconds since 1970: the grain of an id.
fn whole_second(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
