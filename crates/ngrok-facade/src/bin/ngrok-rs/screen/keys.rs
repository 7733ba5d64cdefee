//! What each key does.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::model::{Mode, Model};

/// What a key asks for beyond the screen itself.
#[derive(Debug, PartialEq)]
pub(super) enum Action {
    None,
    Quit,
    Copy,
    Open,
    Replay(String),
}

/// How far a page key moves.
const PAGE: isize = 10;

pub(super) fn apply(model: &mut Model, key: KeyEvent) -> Action {
    model.note = None;
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if control && matches!(key.code, KeyCode::Char('c' | 'd')) {
        return Action::Quit;
    }
    match model.mode {
        Mode::Filter => filter(model, key.code),
        Mode::Details(from) => return details(model, key.code, from),
        Mode::List => return list(model, key.code),
    }
    Action::None
}

fn filter(model: &mut Model, code: KeyCode) {
    match code {
        KeyCode::Enter => model.mode = Mode::List,
        KeyCode::Esc => {
            model.filter.clear();
            model.mode = Mode::List;
        }
        KeyCode::Backspace => drop(model.filter.pop()),
        KeyCode::Char(c) if model.filter.chars().count() < 100 => model.filter.push(c),
        _ => {}
    }
}

fn details(model: &mut Model, code: KeyCode, from: usize) -> Action {
    let to = |by: isize| Mode::Details(from.saturating_add_signed(by));
    match code {
        KeyCode::Esc | KeyCode::Enter | KeyCode::Backspace | KeyCode::Left => {
            model.mode = Mode::List
        }
        KeyCode::Up | KeyCode::Char('k') => model.mode = to(-1),
        KeyCode::Down | KeyCode::Char('j') => model.mode = to(1),
        KeyCode::PageUp => model.mode = to(-PAGE),
        KeyCode::PageDown | KeyCode::Char(' ') => model.mode = to(PAGE),
        KeyCode::Home => model.mode = Mode::Details(0),
        other => return common(model, other),
    }
    Action::None
}

fn list(model: &mut Model, code: KeyCode) -> Action {
    match code {
        KeyCode::Up | KeyCode::Char('k') => model.select(-1),
        KeyCode::Down | KeyCode::Char('j') => model.select(1),
        KeyCode::PageUp => model.select(-PAGE),
        KeyCode::PageDown => model.select(PAGE),
        KeyCode::Home => model.select(isize::MIN),
        KeyCode::End => model.select(isize::MAX),
        KeyCode::Char('/') => model.mode = Mode::Filter,
        KeyCode::Esc => model.filter.clear(),
        KeyCode::Enter => {
            if model.place().is_none() {
                model.select(0);
            }
            if model.selected().is_some() {
                model.mode = Mode::Details(0);
            }
        }
        other => return common(model, other),
    }
    Action::None
}

fn common(model: &mut Model, code: KeyCode) -> Action {
    match code {
        KeyCode::Char('q') => Action::Quit,
        KeyCode::Char('c') => Action::Copy,
        KeyCode::Char('o') => Action::Open,
        KeyCode::Char('r') => match model.selected() {
            Some(request) => Action::Replay(request.id.clone()),
            None => {
                model.note("select a request first, with the arrow keys");
                Action::None
            }
        },
        _ => Action::None,
    }
}
