//! Fixed terms: recipes, ways to divide a dataset, plots.

use crate::evidence::Work;

/// A run's work, for people.
pub(in crate::page) fn work(work: &Work) -> Option<String> {
    match work {
        Work::Command { .. } => None,
        Work::Recipe { name, version, .. } => Some(format!("内置方法 {name}，版本 {version}")),
    }
}

/// The way in which a dataset was divided.
pub(in crate::page) fn method(method: &str) -> Option<&'static str> {
    Some(match method {
        "random" => "随机",
        "stratified" => "分层",
        "by_key" => "按键",
        _ => return None,
    })
}

/// The description of a plot of a law.
pub(in crate::page) fn plot(description: &str) -> Option<&'static str> {
    Some(match description {
        "The law over the data" => "定律与数据",
        "Candidates: how inaccurate and how complex each is" => "各候选：不精确程度与复杂程度",
        "What the law says against what was observed" => "定律值与观测值",
        "What the law leaves of each row" => "定律在各行留下的残差",
        _ => return None,
    })
}
