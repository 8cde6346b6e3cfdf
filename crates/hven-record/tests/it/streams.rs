//! Streams: readers get the written bytes, live and sealed, once and in order.

use std::ops::Range;

use hven_app::ports::{
    Series, StoreError, Views,
    series::{LogFrame, StreamPiece},
    views::{RunName, RunQuery},
};
use hven_core::{
    AttemptId, Fact, Time,
    access::Scope,
    run::Outcome,
    stream::{Frame, Point, Source, Stream},
};
use hven_record::Home;

use crate::{
    facts::{batch, finished, run_id, started, submitted},
    world::{Add, World, assert_sound, assert_views_follow_facts, wait},
};

pub const LOG: Stream = Stream::Log;

pub fn log_of(lines: Range<i64>) -> Vec<u8> {
    let mut log = Vec::new();
    for i in lines {
        let source = if i % 7 == 0 { Source::Stderr } else { Source::Stdout };
        Frame { source, time: Time::from_micros(i), bytes: format!("line {i}\n").as_bytes() }.write(&mut log);
    }
    log
}

pub async fn whole_log(home: &Home, attempt: AttemptId) -> Vec<LogFrame> {
    home.log(attempt, 0, usize::MAX).await.unwrap()
}

pub fn a_stream_returns_its_bytes(world: &World) {
    let home = world.open();
    let attempt = started(0, 1).attempt;
    let (first, second) = (log_of(0..1000), log_of(1000..3000));
    let end = (first.len() + second.len()) as u64;
    let frames = wait(async {
        assert_eq!(home.extent(attempt, LOG).await.unwrap(), 0);
        assert_eq!(home.add_bytes(attempt, LOG, Some(0), &first).await.unwrap(), first.len() as u64);
        // Repeated bytes add nothing, half-new bytes add the new half, and a gap is refused.
        assert_eq!(home.add_bytes(attempt, LOG, Some(0), &first).await.unwrap(), first.len() as u64);
        let gap = home.add_bytes(attempt, LOG, Some(end), &second).await;
        assert!(matches!(gap, Err(StoreError::Gap { have, from }) if have == first.len() as u64 && from == end));
        let both = [first.clone(), second].concat();
        assert_eq!(home.add_bytes(attempt, LOG, Some(0), &both).await.unwrap(), end);
        let torn = home.add_bytes(attempt, LOG, None, &first[..first.len() - 1]).await;
        assert!(matches!(torn, Err(StoreError::Malformed(_))));
        let frames = whole_log(&home, attempt).await;
        assert_eq!((frames.len(), &frames[2999].bytes[..]), (3000, &b"line 2999\n"[..]));
        assert_eq!(home.unsealed().await.unwrap(), [attempt]);
        frames
    });
    home.close().unwrap();
    let home = world.open();
    wait(async {
        assert_eq!(home.extent(attempt, LOG).await.unwrap(), end);
        assert_eq!(whole_log(&home, attempt).await, frames);
        assert_eq!(home.seal_all(attempt).await, 1);
        assert!(home.unsealed().await.unwrap().is_empty());
        assert!(std::fs::read_dir(world.path().join("segments")).unwrap().next().is_none());
        assert_eq!(whole_log(&home, attempt).await, frames);
        let some = home.log(attempt, frames[500].offset, 100).await.unwrap();
        assert_eq!((&some[0], some.len() < 20), (&frames[500], true));
        let from_within = home.log(attempt, frames[500].offset + 1, 1).await.unwrap();
        assert_eq!(from_within[0], frames[501]);
        assert!(home.log(attempt, end, 100).await.unwrap().is_empty());
        // Add more bytes after sealing.
        home.add_bytes(attempt, LOG, Some(end), &log_of(3000..3010)).await.unwrap();
        let more = whole_log(&home, attempt).await;
        assert_eq!((more.len(), &more[..3000]), (3010, &frames[..]));
        assert_eq!(home.seal_all(attempt).await, 1);
        assert_eq!(whole_log(&home, attempt).await, more);
        assert_eq!(home.seal_all(attempt).await, 0);
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

fn points(lines: &[&str]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
}

/// The step and value of each point; the value is text, because NaN equals nothing.
async fn loss(home: &Home) -> Vec<(i64, String)> {
    let all: Vec<Point> = home.points(started(0, 1).attempt, "loss").await.unwrap();
    all.iter().map(|point| (point.step, format!("{:?}", point.value.0))).collect()
}

pub fn points_keep_their_exact_values(world: &World) {
    let home = world.open();
    let attempt = started(0, 1).attempt;
    let wanted: Vec<(i64, String)> =
        [(0, "NaN"), (1, "inf"), (2, "-inf"), (3, "0.1"), (4, "5e-324")].map(|(s, v)| (s, v.to_owned())).into();
    wait(async {
        let lines = points(&[
            r#"{"k":"loss","v":"NaN","s":0,"t":1}"#,
            r#"{"k":"loss","v":"Infinity","s":1,"t":2}"#,
            r#"{"k":"loss","v":"-Infinity","s":2,"t":3}"#,
            r#"{"k":"acc","v":0.5,"s":0,"t":3}"#,
        ]);
        home.add_bytes(attempt, Stream::Metrics, Some(0), &lines).await.unwrap();
        // Points from the API, one of them repeated.
        let lines = points(&[
            r#"{"k":"loss","v":0.1,"s":3,"t":4}"#,
            r#"{"k":"loss","v":0.1,"s":3,"t":4}"#,
            r#"{"k":"loss","v":5e-324,"s":4,"t":5}"#,
        ]);
        home.add_bytes(attempt, Stream::MetricsApi, None, &lines).await.unwrap();
        assert_eq!(loss(&home).await, wanted);
        for bad in ["{\"k\":\"\",\"v\":1,\"t\":1}\n", "x\n", "{\"k\":\"a\",\"v\":1,\"t\":1}"] {
            let refused = home.add_bytes(attempt, Stream::MetricsApi, None, bad.as_bytes()).await;
            assert!(matches!(refused, Err(StoreError::Malformed(_))), "{bad}");
        }
        let check_summaries = async |points| {
            let summaries = home.summaries(started(0, 1).attempt).await.unwrap();
            let keys: Vec<_> = summaries.iter().map(|line| (line.key.as_str(), line.points)).collect();
            assert_eq!(keys, [("acc", 1), ("loss", points)]);
            assert_eq!((summaries[1].last_step, summaries[1].min, summaries[1].max), (4, Some(5e-324), Some(0.1)));
        };
        check_summaries(6).await;
        check_summaries(6).await;
        let samples = r#"{"t":1,"cpu_s":0.5,"rss":4096,"read":1,"written":2,"procs":3}"#;
        home.add_bytes(attempt, Stream::Resources, Some(0), &points(&[samples])).await.unwrap();
        assert_eq!(home.seal_all(attempt).await, 3);
        assert_eq!(loss(&home).await, wanted);
        check_summaries(5).await;
        assert_eq!(home.samples(attempt).await.unwrap().len(), 1);
        home.add(batch([submitted(0)])).await.unwrap();
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

/// Also for a segment of an earlier process that this process has not written.
pub fn an_unreadable_segment_is_reported_as_damaged(world: &World) {
    let home = world.open();
    let point = points(&[r#"{"k":"loss","v":1,"s":1,"t":1}"#]);
    wait(home.add_bytes(started(0, 1).attempt, Stream::Metrics, Some(0), &point)).unwrap();
    home.close().unwrap();
    let segment = world.path().join("segments").join(run_id(0).to_string()).join("1.metrics");
    assert_eq!(std::fs::read(&segment).unwrap(), point);
    // Text that is not JSON, and truncated JSON.
    for broken in ["xxx\n", "{\"k\":\"lo\n"] {
        std::fs::write(&segment, broken).unwrap();
        let home = world.open();
        wait(async {
            let points = home.points(started(0, 1).attempt, "loss").await;
            assert!(matches!(points, Err(StoreError::Damaged { .. })), "{points:?}");
            let summaries = home.summaries(started(0, 1).attempt).await;
            assert!(matches!(summaries, Err(StoreError::Damaged { .. })), "{summaries:?}");
        });
        home.close().unwrap();
    }
}

pub fn late_points_open_a_new_part(world: &World) {
    let home = world.open();
    let attempt = started(0, 1).attempt;
    wait(async {
        home.add_bytes(attempt, Stream::MetricsApi, None, &points(&[r#"{"k":"loss","v":1,"s":1,"t":1}"#]))
            .await
            .unwrap();
        home.seal_all(attempt).await;
        home.add_bytes(attempt, Stream::MetricsApi, None, &points(&[r#"{"k":"loss","v":2,"s":0,"t":9}"#]))
            .await
            .unwrap();
        assert_eq!(loss(&home).await, [(0, "2.0".to_owned()), (1, "1.0".to_owned())]);
        // The stream of the runner is separate: none of its points is lost or mixed in.
        home.add_bytes(attempt, Stream::Metrics, Some(0), &points(&[r#"{"k":"loss","v":3,"s":2,"t":9}"#]))
            .await
            .unwrap();
        assert_eq!(home.seal_all(attempt).await, 2);
        assert_eq!(loss(&home).await.len(), 3);
        assert_eq!(home.summaries(started(0, 1).attempt).await.unwrap()[0].points, 3);
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

/// A killed attempt wrote other points than the attempt that ended the run.
pub fn attempts_have_points_of_their_own(world: &World) {
    let home = world.open();
    let (first, second) = (started(0, 1).attempt, started(0, 2).attempt);
    wait(async {
        home.add(batch([Fact::from(submitted(0)), started(0, 1).into(), started(0, 2).into()])).await.unwrap();
        let lines = [(first, r#"{"k":"acc","v":0.99,"s":9,"t":1}"#), (second, r#"{"k":"acc","v":0.5,"s":1,"t":2}"#)];
        for (attempt, line) in lines {
            home.add_bytes(attempt, Stream::Metrics, Some(0), &points(&[line])).await.unwrap();
        }
        let run = home.runs_named(&RunName::Id(run_id(0))).await.unwrap().pop().unwrap();
        assert_eq!(run.last_attempt(), second);
        for _ in 0..2 {
            for (attempt, value) in [(first, 0.99), (second, 0.5)] {
                let summaries = home.summaries(attempt).await.unwrap();
                assert_eq!((summaries.len(), summaries[0].last.0, summaries[0].points), (1, value, 1));
                assert_eq!(home.points(attempt, "acc").await.unwrap().len(), 1);
            }
            let query = RunQuery { scopes: vec![Scope::Home], limit: 10, ..RunQuery::default() };
            let listed = Views::runs(&home, &query).await.unwrap().items;
            assert_eq!(
                (listed[0].metrics.len(), listed[0].metrics[0].last.0),
                (1, 0.5),
                "a list shows the last attempt"
            );
            home.seal_all(first).await;
            home.seal_all(second).await;
        }
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

pub fn pieces_in_one_call_follow_each_other(world: &World) {
    let home = world.open();
    let attempt = started(0, 1).attempt;
    wait(async {
        let (a, b) = (log_of(0..3), log_of(3..5));
        let piece = |offset, bytes: &[u8]| StreamPiece { attempt, stream: LOG, offset, bytes: bytes.to_vec().into() };
        let pieces = vec![piece(Some(0), &a), piece(Some(a.len() as u64), &b), piece(None, &a)];
        let extents = Series::append(&home, pieces).await.unwrap();
        assert_eq!(extents, [a.len() as u64, (a.len() + b.len()) as u64, (2 * a.len() + b.len()) as u64]);
        // All or none: there is a gap before the second piece.
        let pieces = vec![piece(None, &a), piece(Some(10_000_000), &b)];
        assert!(matches!(Series::append(&home, pieces).await, Err(StoreError::Gap { .. })));
        assert_eq!(home.extent(attempt, LOG).await.unwrap(), extents[2]);
        let frames = whole_log(&home, attempt).await;
        assert_eq!(frames.len(), 8);
        assert!(frames.windows(2).all(|pair| pair[0].next == pair[1].offset));
    });
    home.close().unwrap();
}

pub fn a_stream_is_erased(world: &World) {
    let home = world.open();
    let attempt = started(0, 1).attempt;
    let secret = b"hunter2";
    let frame = |text: &[u8]| {
        let mut log = Vec::new();
        Frame { source: Source::Stdout, time: Time::from_micros(1), bytes: text }.write(&mut log);
        log
    };
    wait(async {
        home.add(batch([submitted(0)])).await.unwrap();
        for text in [&b"token=hunter2\n"[..], b"fine\n"] {
            home.add_bytes(attempt, LOG, None, &frame(text)).await.unwrap();
        }
        home.seal_all(attempt).await;
        // A match across two parts and the live segment.
        for text in [&b"one hun"[..], b"te"] {
            home.add_bytes(attempt, LOG, None, &frame(text)).await.unwrap();
            home.seal_all(attempt).await;
        }
        home.add_bytes(attempt, LOG, None, &frame(b"r2\n")).await.unwrap();
        // A match across two frames, and one in the name of a point.
        for text in [&b"again hun"[..], b"ter2\n"] {
            home.add_bytes(attempt, LOG, None, &frame(text)).await.unwrap();
        }
        let point = points(&[r#"{"k":"hunter2","v":1,"s":1,"t":1}"#]);
        home.add_bytes(attempt, Stream::Metrics, Some(0), &point).await.unwrap();
        let extent = home.extent(attempt, LOG).await.unwrap();
        for stream in [LOG, Stream::Metrics] {
            let (parts, erased) = Series::erase(&home, attempt, stream, secret).await.unwrap();
            assert_eq!(erased, if stream == LOG { 3 } else { 1 });
            if !parts.is_empty() {
                home.add(batch(parts.clone())).await.unwrap();
                home.sealed(&parts).await.unwrap();
            }
        }
        let text: Vec<u8> = whole_log(&home, attempt).await.iter().flat_map(|frame| frame.bytes.to_vec()).collect();
        assert_eq!(text, b"token=*******\nfine\none *******\nagain *******\n");
        assert_eq!(home.extent(attempt, LOG).await.unwrap(), extent);
        assert_eq!(home.summaries(started(0, 1).attempt).await.unwrap()[0].key, "*******");
        home.add(batch([finished(0, Outcome::Done)])).await.unwrap();
        home.seal_all(attempt).await;
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
    for file in crate::conformance::files_below(&world.path()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(7).any(|window| window == secret), "{}", file.display());
    }
}
