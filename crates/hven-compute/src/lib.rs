//! Where and when runs become processes.
//!
//! [`fifo`] is the scheduling engine: pure, told what happened, answering what is to be done. [`local`] starts the
//! runners of this machine and knows whether they are gone; [`process`] is what it sees of the machine's processes.

mod detach;
pub mod fifo;
pub mod local;
pub mod process;
