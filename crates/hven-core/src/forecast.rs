//! Forecasts: how long work takes, from how long earlier work took.

mod distribution;
mod duration;
mod interval;
mod starts;
mod student;
mod sum;

pub use distribution::Distribution;
pub use duration::{Common, DurationForecast, RUNS_MIN, Shape, duration_forecast};
pub use interval::Forecast;
pub use starts::{Before, LATTICE, Place, at_once, start_forecast};
pub use student::student_95;
pub use sum::many_forecast;
