//! Converts forecasts.

use hven_api::time_left::TimeLeft;
use hven_core::forecast::Forecast;

pub(crate) fn time_left(forecast: &Forecast) -> TimeLeft {
    let Forecast { seconds, low, high, from } = *forecast;
    TimeLeft { seconds, low, high, from: from as u64 }
}
