//! How the screen is drawn: a head, the list of requests or one of them, and a line of keys.

use ngrok_facade::localapi::CapturedRequest;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};
use ratatui_core::terminal::Frame;
use ratatui_core::text::{Line, Span};

use super::details;
use super::model::{Endpoint, Mode, Model};
use crate::live::status_colour;
use crate::text::{self, Colour};

/// The columns of status and duration in the list.
const STATUS: usize = 24;
const DURATION: usize = 9;
const METHOD: usize = 8;

pub(super) fn frame(model: &mut Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let mut lines = head(model, width);
    let foot = foot(model, width);
    let said = said(model, height, width);
    let room = height.saturating_sub(lines.len() + said.len() + 1);
    let body = match model.mode {
        Mode::Details(from) => request(model, from, room, width),
        _ => list(model, room, width),
    };
    lines.extend(body);
    lines.extend(said);
    lines.truncate(height.saturating_sub(1));
    for (row, line) in (0..area.height).zip(&lines) {
        frame.render_widget(line, Rect::new(0, row, area.width, 1));
    }
    if let Some(last) = area.height.checked_sub(1) {
        frame.render_widget(&foot, Rect::new(0, last, area.width, 1));
    }
}

/// What is open and how it fares.
fn head<'a>(model: &Model, width: usize) -> Vec<Line<'a>> {
    let good = model.session == "online";
    let mut lines = Vec::new();
    for endpoint in &model.endpoints {
        lines.push(Line::from(vec![
            Span::styled(endpoint.url.clone(), bold()),
            Span::styled(" -> ", dim()),
            Span::raw(text::shortened(
                &endpoint.upstream,
                width.saturating_sub(endpoint.url.chars().count() + 4),
            )),
        ]));
        lines.push(Line::from(Span::styled(counts(endpoint, width), dim())));
    }
    lines.push(Line::from(vec![
        Span::raw("Session "),
        Span::styled(
            model.session.clone(),
            model.style(if good { Colour::Green } else { Colour::Yellow }),
        ),
        Span::raw(if model.legs.is_empty() {
            String::new()
        } else {
            format!(", {}", model.legs)
        }),
        Span::styled(format!("   inspect at {}", model.inspect), dim()),
    ]));
    if let Some(command) = &model.command {
        let shown = text::shortened(command, width.saturating_sub(8));
        lines.push(Line::from(vec![
            Span::styled("Command ", dim()),
            Span::raw(shown),
        ]));
    }
    if let Some(warning) = &model.warning {
        let shown = text::shortened(warning, width.saturating_sub(2));
        lines.push(Line::from(Span::styled(
            format!("! {shown}"),
            model.style(Colour::Yellow),
        )));
    }
    lines.push(Line::default());
    lines
}

/// Counts and percentiles of an endpoint, as much as fits.
fn counts(endpoint: &Endpoint, width: usize) -> String {
    let metrics = &endpoint.metrics;
    let open = metrics.conns.gauge.unwrap_or_default();
    let meter = if metrics.http.count > 0 {
        &metrics.http
    } else {
        &metrics.conns
    };
    let mut shown = format!("  {} connections, {open} open", metrics.conns.count);
    if metrics.http.count > 0 {
        shown.push_str(&format!(", {} requests", metrics.http.count));
    }
    if meter.count > 0 {
        shown.push_str(&format!(
            "   p50 {}  p90 {}  p99 {}",
            text::milliseconds(meter.p50),
            text::milliseconds(meter.p90),
            text::milliseconds(meter.p99)
        ));
    }
    text::shortened(&shown, width)
}

fn list<'a>(model: &Model, room: usize, width: usize) -> Vec<Line<'a>> {
    let shown = model.shown();
    let place = model.place();
    let mut lines = vec![Line::from(Span::styled(title(model, shown.len()), dim()))];
    let rows = room.saturating_sub(1);
    // The selection stays in sight.
    let from = place.map_or(0, |place| place.saturating_sub(rows.saturating_sub(1)));
    for (at, request) in shown.iter().enumerate().skip(from).take(rows) {
        lines.push(row(model, request, place == Some(at), width));
    }
    lines
}

fn title(model: &Model, shown: usize) -> String {
    match (model.filter.is_empty(), shown) {
        (true, 0) => "No requests yet".to_owned(),
        (true, count) => format!("Requests ({count})"),
        (false, count) => format!(
            "Requests with `{}` ({count})",
            text::one_line(&model.filter)
        ),
    }
}

fn row<'a>(model: &Model, request: &CapturedRequest, selected: bool, width: usize) -> Line<'a> {
    let asked = &request.request;
    let room = width
        .saturating_sub(2 + METHOD + 1 + STATUS + 1 + DURATION)
        .max(8);
    let path = text::shortened(&text::one_line(&asked.uri), room);
    let method = text::shortened(&text::one_line(&asked.method), METHOD - 1);
    let (status, colour) = match &request.response {
        Some(response) => (
            text::shortened(&text::one_line(&response.status), STATUS),
            status_colour(response.status_code),
        ),
        None => ("no response".to_owned(), Colour::Dim),
    };
    let duration = if request.response.is_some() {
        text::milliseconds(request.duration)
    } else {
        String::new()
    };
    let line = Line::from(vec![
        Span::raw(if selected { "> " } else { "  " }),
        Span::raw(format!("{method:<METHOD$}{path:<room$} ")),
        Span::styled(format!("{status:<STATUS$} "), model.style(colour)),
        Span::raw(format!("{duration:>DURATION$}")),
    ]);
    if selected {
        line.style(Style::new().add_modifier(Modifier::REVERSED))
    } else {
        line
    }
}

/// One request from the line `from` on.
fn request<'a>(model: &mut Model, from: usize, room: usize, width: usize) -> Vec<Line<'a>> {
    let Some(request) = model.selected() else {
        model.mode = Mode::List;
        return list(model, room, width);
    };
    let lines = details::lines(request, width);
    // Not past the end, whatever was typed.
    let from = from.min(lines.len().saturating_sub(room));
    model.mode = Mode::Details(from);
    lines
        .into_iter()
        .skip(from)
        .take(room)
        .map(Line::from)
        .collect()
}

/// What the command printed last, in the lower third.
fn said<'a>(model: &Model, height: usize, width: usize) -> Vec<Line<'a>> {
    if model.command.is_none() || model.said.is_empty() {
        return Vec::new();
    }
    let rows = (height / 3).min(model.said.len());
    let mut lines = vec![Line::from(Span::styled("Output", dim()))];
    let from = model.said.len().saturating_sub(rows);
    lines.extend(
        model
            .said
            .iter()
            .skip(from)
            .map(|line| Line::from(text::shortened(line, width))),
    );
    lines
}

fn foot<'a>(model: &Model, width: usize) -> Line<'a> {
    if let Some(note) = &model.note {
        return Line::from(text::shortened(note, width));
    }
    let keys = match model.mode {
        Mode::List => "q quit  c copy URL  o inspector  Enter details  r replay  / filter",
        Mode::Filter => return Line::from(format!("/{}_", text::one_line(&model.filter))),
        Mode::Details(_) => "Esc back  arrows scroll  r replay  c copy URL  o inspector  q quit",
    };
    Line::from(Span::styled(text::shortened(keys, width), dim()))
}

impl Model {
    fn style(&self, colour: Colour) -> Style {
        if !self.colours {
            return Style::new();
        }
        match colour {
            Colour::Bold => bold(),
            Colour::Dim => dim(),
            Colour::Green => Style::new().fg(Color::Green),
            Colour::Yellow => Style::new().fg(Color::Yellow),
            Colour::Red => Style::new().fg(Color::Red),
        }
    }
}

fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

#[cfg(test)]
mod tests;
