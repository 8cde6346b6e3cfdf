//! `hven bench`: runs the measurements of `hven-bench` with real servers.

pub use hven_bench::BenchArgs;
use hven_terminal::Output;

use crate::{act::Act, bench_servers::BenchServers, context::Context};

impl Act for BenchArgs {
    fn act(self, _: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        hven_bench::bench(&self, &BenchServers, output)
    }
}
