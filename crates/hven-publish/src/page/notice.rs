//! Notices at the top of the page: parts of the publication are suspect or retracted.

use maud::{Markup, html};

use super::{
    elements::{by, moment},
    language::{COLON, both, recorded_text},
};
use crate::publication::{Notice, PublishedSoundness};

pub(super) fn one_notice(notice: &Notice) -> Markup {
    let (class, word) = match notice.standing {
        PublishedSoundness::Sound => ("", both("sound", "可靠")),
        PublishedSoundness::Suspect => ("suspect", both("suspect", "存疑")),
        PublishedSoundness::Retracted => ("retracted", both("retracted", "已撤回")),
    };
    html! {
        div class={ "card notice " (class) } role="note" {
            strong { "⚠ " code { (notice.about) } " " (word) }
            p { (recorded_text(&notice.because)) }
            p class="soft small" { (moment(notice.at)) (by(notice.by.as_ref())) }
            @if let Some(overridden) = &notice.overridden {
                p {
                    (both("Published nevertheless, decided by", "仍予发布，决定人"))
                    " " strong { (overridden.by.name) } (COLON) (overridden.because)
                    " " span class="soft small" { (moment(overridden.at)) }
                }
            }
        }
    }
}
