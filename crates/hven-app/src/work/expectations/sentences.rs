//! Sentences on the forecasts of runs.

use hven_core::{
    forecast::Forecast,
    sentence::{Bytes, Seconds, Sentence},
};

use crate::{
    kernel::sentences::AnswerSentence,
    work::expectations::{asked::Asked, run::Expected},
};

/// The sentences with their topics: `starts`, `takes`, `ends` or `asks`.
pub(crate) fn sentences(expected: &Expected) -> Vec<(&'static str, Sentence)> {
    let Expected { starts, takes, ends, outlasts, from_alike, asked } = expected;
    let mut said = Vec::new();
    if let Some(starts) = starts {
        let (about_s, low_s, high_s, count) = parts(starts);
        said.push(("starts", AnswerSentence::ExpectsStart { about_s, low_s, high_s, count }));
    }
    if let Some(takes) = takes {
        let (about_s, low_s, high_s, count) = parts(takes);
        said.push((
            "takes",
            match from_alike {
                true => AnswerSentence::ExpectsLengthAlike { about_s, low_s, high_s, count },
                false => AnswerSentence::ExpectsLength { about_s, low_s, high_s, count },
            },
        ));
    }
    if let Some(ends) = ends {
        let (about_s, low_s, high_s, count) = parts(ends);
        said.push((
            "ends",
            match from_alike {
                true => AnswerSentence::ExpectsEndAlike { about_s, low_s, high_s, count },
                false => AnswerSentence::ExpectsEnd { about_s, low_s, high_s, count },
            },
        ));
    }
    if let Some(count) = *outlasts {
        said.push(("ends", AnswerSentence::Outlasts { count }));
    }
    said.extend(asked.iter().map(|asked| ("asks", asked_for(asked))));
    said.into_iter().map(|(about, said)| (about, said.sentence())).collect()
}

fn parts(forecast: &Forecast) -> (Seconds, Seconds, Seconds, usize) {
    let Forecast { seconds, low, high, from } = *forecast;
    (Seconds(seconds), Seconds(low), Seconds(high), from)
}

fn asked_for(asked: &Asked) -> AnswerSentence {
    match *asked {
        Asked::Cores { asked, used, runs } => {
            AnswerSentence::AsksCores { asked, used: format!("{used:.1}"), count: runs }
        }
        Asked::Memory { asked_bytes, used_bytes, runs } => {
            AnswerSentence::AsksMemory { asked_bytes: Bytes(asked_bytes), used_bytes: Bytes(used_bytes), count: runs }
        }
    }
}
