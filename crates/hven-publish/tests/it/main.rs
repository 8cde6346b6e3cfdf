//! Publications from outside: written, viewed, changed, read back.

mod chinese;
mod foreign;
mod hostile_text;
mod sample;
mod validators;
mod writing;
