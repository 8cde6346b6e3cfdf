//! The limits for reading files while code and modules are captured.

use hven_capture::Limits;

use crate::settings::Settings;

pub fn capture_limits(settings: &Settings) -> anyhow::Result<Limits> {
    Ok(Limits {
        files_max: settings.number("code.files_max")?.unwrap_or(0) as usize,
        bytes_max: settings.bytes("code.bytes_max")?.unwrap_or(0),
    })
}
