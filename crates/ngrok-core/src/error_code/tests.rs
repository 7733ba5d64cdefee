//! Tests of the codes: how they are read, and the table against the facts of ngrok's pages.

use proptest::prelude::*;

use super::table::{FILES, Retry, find};
use super::*;

/// Number, class, refined class, retry and echoed secrets of the agent's codes, one a line.
const FACTS: &str = include_str!("facts.tsv");

#[test]
fn the_table_holds_what_the_pages_say_row_by_row() {
    let mut rows = 0;
    for line in FACTS.lines().filter(|line| !line.starts_with('#')) {
        let [number, class, refined, retry, echoes] = line.split('\t').collect::<Vec<_>>()[..]
        else {
            panic!("{line}");
        };
        let code = ErrorCode::new(number.parse().unwrap());
        let row = find(code.number().unwrap()).unwrap_or_else(|| panic!("{code} is missing"));
        let expected = match refined {
            "account" | "offline" => refined,
            _ => class,
        };
        assert_eq!(
            format!("{:?}", row.class).to_lowercase(),
            expected,
            "{code}"
        );
        let expected = match retry {
            "never" => Retry::Never,
            "later" => Retry::Later,
            "after_change" => Retry::AfterChange,
            other => panic!("{other}"),
        };
        assert_eq!(row.retry, expected, "{code}");
        assert_eq!(code.is_final(), retry == "never", "{code}");
        assert_eq!(code.echoes_credential(), echoes != "-", "{code}");
        rows += 1;
    }
    assert_eq!(rows, 516);
}

#[test]
fn each_file_is_sorted_and_no_number_stands_in_two() {
    let mut numbers: Vec<u32> = Vec::new();
    for rows in FILES {
        assert!(rows.is_sorted_by(|a, b| a.number < b.number));
        numbers.extend(rows.iter().map(|row| row.number));
    }
    let all = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), all);
    assert_eq!(ErrorCode::all().count(), all);
}

#[test]
fn every_row_has_a_class_a_meaning_and_a_hint() {
    for row in FILES.into_iter().flatten() {
        assert!(
            !row.meaning.is_empty() && !row.meaning.ends_with('.'),
            "{}",
            row.number
        );
        assert!(
            !row.hint.is_empty() && !row.hint.ends_with('.'),
            "{}",
            row.number
        );
        assert!(row.class != ErrorClass::Unknown, "{}", row.number);
    }
}

#[test]
fn found_anywhere_and_in_either_case() {
    for (text, shown) in [
        ("ERR_NGROK_108", Some("ERR_NGROK_108")),
        ("see err_ngrok_4018.", Some("ERR_NGROK_4018")),
        ("ERROR:  ERR_NGROK_107\r\n", Some("ERR_NGROK_107")),
        (
            "https://ngrok.com/docs/errors/err_ngrok_120",
            Some("ERR_NGROK_120"),
        ),
        ("ERR_NGROK_ and then ERR_NGROK_6024", Some("ERR_NGROK_6024")),
        (
            "ERR_NGROK_SHIP_NOT_ALLOWED, then ERR_NGROK_5",
            Some("ERR_NGROK_5"),
        ),
        (
            "no (ERR_NGROK_SHIP_NOT_ALLOWED)",
            Some("ERR_NGROK_SHIP_NOT_ALLOWED"),
        ),
        ("ERR_NGROK_99999999999999999999", None),
        ("ünï ERR_NGROK_334é", Some("ERR_NGROK_334")),
        ("ERR_NGROK", None),
        ("err_ngrok_nnn", None),
        ("108", None),
        ("", None),
    ] {
        assert_eq!(
            ErrorCode::find(text)
                .map(|code| code.to_string())
                .as_deref(),
            shown,
            "{text}"
        );
    }
}

#[test]
fn parsed_strictly() {
    assert_eq!("err_ngrok_8".parse(), Ok(ErrorCode::new(8)));
    assert_eq!("8012".parse(), Ok(ErrorCode::new(8012)));
    for word in [
        "invalid_cel_expression",
        "ERR_NGROK_SHIP_EARLY_ACCESS_NOT_ALLOWED",
    ] {
        let code: ErrorCode = word.parse().unwrap();
        assert_eq!((code.to_string().as_str(), code.number()), (word, None));
        assert_eq!(code.class(), ErrorClass::Unknown);
    }
    for text in [
        "",
        "ERR_NGROK_",
        "ERR_NGROK_+5",
        "-3",
        "ERR_NGROK_10 ",
        "code 8",
        &"a".repeat(97),
        "4294967296",
    ] {
        assert!(text.parse::<ErrorCode>().is_err(), "{text}");
    }
}

#[test]
fn an_unknown_code_is_neither_final_nor_retryable() {
    let unknown = ErrorCode::new(1);
    assert!(!unknown.is_retryable() && !unknown.is_final() && !unknown.is_after_change());
    assert_eq!(
        (unknown.class(), unknown.hint()),
        (ErrorClass::Unknown, None)
    );
}

proptest! {
    #[test]
    fn what_is_shown_is_found_and_parsed(number: u32, before in "[^Ee]*", after in "[^0-9]?.*") {
        let code = ErrorCode::new(number);
        prop_assert_eq!(code.to_string().parse(), Ok(code.clone()));
        let text = format!("{before}{code} {after}");
        prop_assert_eq!(ErrorCode::find(&text), Some(code));
    }
}
