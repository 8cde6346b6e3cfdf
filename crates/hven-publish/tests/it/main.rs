//! Publications as others meet them: written, looked at, changed, read back.

mod chinese;
mod foreign;
mod hostile_text;
mod sample;
mod validators;
mod writing;
