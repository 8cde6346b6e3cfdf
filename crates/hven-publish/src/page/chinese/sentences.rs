//! The English sentences in publications, and their Chinese.
//!
//! The English sentences of the record are in `hven_core::recorded`. This file has those that use cases and recipes add.

use hven_core::sentence::{Kind, Template};

const fn template(code: &'static str, text: &'static str, parts: &'static [(&'static str, Kind)]) -> Template {
    Template { code, text, parts }
}

/// Sentences that use cases write into a publication, in addition to those of the record. The first template that fits
/// counts.
pub(super) const WRITTEN: &[Template] = &[
    template("withheld.forbidden", "{license} does not allow redistribution", &[("license", Kind::Text)]),
    template("withheld.no_licence", "it has no licence", &[]),
    template("withheld.unknown", "it is not known whether {license} allows redistribution", &[("license", Kind::Text)]),
    // Texts of earlier versions.
    template("withheld.forbidden", "{license} does not allow to hand it on", &[("license", Kind::Text)]),
    template("withheld.unknown", "it is not known whether {license} allows to hand it on", &[("license", Kind::Text)]),
    template(
        "withheld.beside",
        "it lay beside the code of run {run} and does not look like code",
        &[("run", Kind::Text)],
    ),
    template(
        "withheld.keyed",
        "{why}; the digest that stands here is keyed, so that its bytes cannot be guessed from it",
        &[("why", Kind::Sentence)],
    ),
    template("key.name", "by its name, {path}, it holds keys or passwords", &[("path", Kind::Text)]),
    template("key.begins", "{path} begins as a private key does", &[("path", Kind::Text)]),
    template("key.patch_name", "it shows {path}, which by its name holds keys or passwords", &[("path", Kind::Text)]),
    template("key.patch", "it shows a private key", &[]),
    template(
        "key.patch_large",
        "it has more than {size} MiB, so it was not looked through for keys",
        &[("size", Kind::Number)],
    ),
    template(
        "soundness.suspect_through",
        "suspect: rests on {node}, which was retracted by {name} on {time}: {because}",
        &[("node", Kind::Sentence), ("name", Kind::Text), ("time", Kind::Text), ("because", Kind::Text)],
    ),
    template(
        "soundness.suspect_erased",
        "suspect: rests on {node}, which was retracted on {time}; why was erased",
        &[("node", Kind::Sentence), ("time", Kind::Text)],
    ),
    template("soundness.suspect_hidden", "suspect: rests on something retracted, which you may not see", &[]),
    template(
        "soundness.retracted_because",
        "retracted by {name} on {time}: {because}",
        &[("name", Kind::Text), ("time", Kind::Text), ("because", Kind::Text)],
    ),
    template("soundness.retracted_erased", "retracted on {time}; why was erased", &[("time", Kind::Text)]),
    template("noun.run", "run {handle}", &[("handle", Kind::Text)]),
    template("noun.dataset", "dataset {dataset}", &[("dataset", Kind::Text)]),
    template("noun.claim", "claim {claim}", &[("claim", Kind::Text)]),
    template("noun.publication", "publication {publication}", &[("publication", Kind::Text)]),
    template("judged.missing", "a quantity is missing", &[]),
    template("rerun.erased", "what it ran was erased from the record", &[]),
    template("rerun.bytes", "the bytes of {path} are not in the store", &[("path", Kind::Text)]),
    template(
        "rerun.secret",
        "it needs the secret {name}, which is never recorded: give it with --secret {again}",
        &[("name", Kind::Text), ("again", Kind::Text)],
    ),
    template("rerun.list", "the list of the files that were its code is not in the store", &[]),
    template("rerun.not_captured", "its code was not captured: {why}", &[("why", Kind::Text)]),
    template("rerun.no_code", "its code is not in the record", &[]),
    template(
        "rerun.commit",
        "its code is commit {commit} of a repository, which the record names and does not hold: say this in a clone of it",
        &[("commit", Kind::Text)],
    ),
    template(
        "rerun.ended",
        "it ended otherwise: {outcome} (run {run} says more)",
        &[("outcome", Kind::Text), ("run", Kind::Text)],
    ),
    template("rerun.end_unknown", "its end is not known", &[]),
    template(
        "around.not_recorded",
        "variables of the first run were not recorded; `hven run --env-record NAME` records one with its value",
        &[],
    ),
    template("around.key", "the values of variables cannot be compared: the home had another key then", &[]),
    template("around.variable_new", "variable {name}: not set then, set now", &[("name", Kind::Text)]),
    template("around.variable", "variable {name}: another value now", &[("name", Kind::Text)]),
    template(
        "around.variables_gone",
        "variables that were set then and are not now, because their values are not recorded: {names}; \
         `hven run --env-record NAME` records one",
        &[("names", Kind::Text)],
    ),
    template("around.secret", "secret {name}: another value now", &[("name", Kind::Text)]),
    template("around.secret_once", "secret {name}: given to one of the two runs alone", &[("name", Kind::Text)]),
    template("around.not_looked", "programs and modules: not looked at, then or now", &[]),
    template("around.program_bytes", "program {word}: other bytes now", &[("word", Kind::Text)]),
    template(
        "around.program",
        "program {word}: {before} then, {now} now",
        &[("word", Kind::Text), ("before", Kind::Text), ("now", Kind::Text)],
    ),
    template("around.file_new", "file {path}: named now, and not then", &[("path", Kind::Text)]),
    template("around.file_gone", "file {path}: not there now, or not named", &[("path", Kind::Text)]),
    template("around.file", "file {path}: other bytes now", &[("path", Kind::Text)]),
    template(
        "around.folder_new",
        "folder {path} of {of}: looked in now, and not then",
        &[("path", Kind::Text), ("of", Kind::Text)],
    ),
    template(
        "around.folder_gone",
        "folder {path} of {of}: not there now, or not looked in",
        &[("path", Kind::Text), ("of", Kind::Text)],
    ),
    template("around.folder", "folder {path} of {of}: other files now", &[("path", Kind::Text), ("of", Kind::Text)]),
    template(
        "around.packages",
        "packages in {path}: the same versions, and not the same files",
        &[("path", Kind::Text)],
    ),
    template(
        "around.code_above",
        "code above the folder {folder} of its repository: what the run read of it then is not in the fresh folder",
        &[("folder", Kind::Text)],
    ),
    template(
        "around.code_lacking",
        "code above the folder {folder} of its repository: {files} of its files or repositories are not in the fresh folder",
        &[("folder", Kind::Text), ("files", Kind::Number)],
    ),
    template(
        "around.date",
        "clock: {place} holds the date of its own run: {before} then, {now} now",
        &[("place", Kind::Text), ("before", Kind::Text), ("now", Kind::Text)],
    ),
    template(
        "around.time",
        "clock: {place} holds the time of its own run: {before} then, {now} now",
        &[("place", Kind::Text), ("before", Kind::Text), ("now", Kind::Text)],
    ),
    template(
        "around.interpreter",
        "interpreter: {before} then, {now} now",
        &[("before", Kind::Text), ("now", Kind::Text)],
    ),
    template("around.platform", "platform: {before} then, {now} now", &[("before", Kind::Text), ("now", Kind::Text)]),
    template(
        "around.package",
        "{name}: {before} then, {now} now",
        &[("name", Kind::Text), ("before", Kind::Text), ("now", Kind::Text)],
    ),
];

/// Chinese by the codes of [`WRITTEN`] and of the sentences of the record.
pub(super) const CHINESE: &[(&str, &str)] = &[
    ("withheld.forbidden", "{license} 不允许再分发"),
    ("withheld.no_licence", "没有许可证"),
    ("withheld.unknown", "不清楚 {license} 是否允许再分发"),
    ("withheld.beside", "它位于运行 {run} 的代码旁，看起来不是代码"),
    ("withheld.keyed", "{why}；此处的摘要带有密钥，无法由其猜出内容"),
    ("key.name", "按其名称 {path}，其中含有密钥或密码"),
    ("key.begins", "{path} 的开头与私钥相同"),
    ("key.patch_name", "其中出现 {path}，按名称含有密钥或密码"),
    ("key.patch", "其中出现私钥"),
    ("key.patch_large", "它超过 {size} MiB，未检查其中是否有密钥"),
    ("soundness.suspect_through", "存疑：依据{node}，而 {name} 已于 {time} 将其撤回：{because}"),
    ("soundness.suspect_erased", "存疑：依据{node}，而其已于 {time} 撤回；原因已涂除"),
    ("soundness.suspect_hidden", "存疑：依据一项已撤回且未公开的内容"),
    ("soundness.retracted_because", "{name} 于 {time} 撤回：{because}"),
    ("soundness.retracted_erased", "已于 {time} 撤回；原因已涂除"),
    ("noun.run", "运行 {handle}"),
    ("noun.dataset", "数据集 {dataset}"),
    ("noun.claim", "论断 {claim}"),
    ("noun.publication", "出版物 {publication}"),
    ("judged.missing", "缺少一个量"),
    ("judged.true", "检验为真"),
    ("judged.false", "检验为假"),
    ("rerun.erased", "所运行的内容已从记录中涂除"),
    ("rerun.bytes", "存储中没有 {path} 的字节"),
    ("rerun.secret", "它需要从不记录的机密 {name}：请用 --secret {name} 提供"),
    ("rerun.list", "存储中没有其代码文件的清单"),
    ("rerun.not_captured", "未捕获其代码：{why}"),
    ("rerun.no_code", "记录中没有其代码"),
    ("rerun.commit", "其代码是某仓库的提交 {commit}，记录只指明而不含该仓库：请在其克隆中执行"),
    ("rerun.ended", "结束方式不同：{outcome}（详见运行 {run}）"),
    ("rerun.end_unknown", "未知其结束方式"),
    ("around.not_recorded", "首次运行的变量未被记录；“hven run --env-record NAME” 可连同其值一起记录"),
    ("around.key", "变量的值无法比较：当时主目录的密钥不同"),
    ("around.variable_new", "变量 {name}：当时未设置，现在已设置"),
    ("around.variable", "变量 {name}：现在的值不同"),
    ("around.variables_gone", "当时设置、现在因未记录其值而未设置的变量：{names}；“hven run --env-record NAME” 可记录"),
    ("around.secret", "机密 {name}：现在的值不同"),
    ("around.secret_once", "机密 {name}：只提供给两次运行之一"),
    ("around.not_looked", "程序与模块：当时或现在未查看"),
    ("around.program_bytes", "程序 {word}：现在的字节不同"),
    ("around.program", "程序 {word}：当时 {before}，现在 {now}"),
    ("around.file_new", "文件 {path}：现在被指明，当时没有"),
    ("around.file_gone", "文件 {path}：现在不存在，或未被指明"),
    ("around.file", "文件 {path}：现在的字节不同"),
    ("around.folder_new", "{of} 的文件夹 {path}：现在会查找，当时没有"),
    ("around.folder_gone", "{of} 的文件夹 {path}：现在不存在，或不再查找"),
    ("around.folder", "{of} 的文件夹 {path}：现在的文件不同"),
    ("around.packages", "{path} 中的软件包：版本相同，文件不同"),
    ("around.code_above", "其仓库中 {folder} 之上的代码：运行当时读取的部分不在新文件夹中"),
    ("around.code_lacking", "其仓库中 {folder} 之上的代码：有 {files} 个文件或仓库不在新文件夹中"),
    ("around.date", "时钟：{place} 写有各自运行的日期：当时 {before}，现在 {now}"),
    ("around.time", "时钟：{place} 写有各自运行的时间：当时 {before}，现在 {now}"),
    ("around.interpreter", "解释器：当时 {before}，现在 {now}"),
    ("around.platform", "平台：当时 {before}，现在 {now}"),
    ("around.package", "{name}：当时 {before}，现在 {now}"),
    ("outcome.done", "完成"),
    ("outcome.cancelled", "已取消"),
    ("outcome.failed", "失败，退出码 {exit}"),
    ("outcome.failed_elsewhere", "失败"),
    ("outcome.left_open_elsewhere", "失败：其进程已结束，但未说明其结果"),
    ("outcome.failed_elsewhere_because", "失败：{why}"),
    ("outcome.killed", "被信号 {signal} 终止"),
    ("outcome.not_started", "未能启动：{why}"),
    ("outcome.timed_out", "达到时间上限 {limit_s} 后被停止"),
    ("outcome.out_of_memory", "超过内存上限 {limit_bytes} 后被停止"),
    ("outcome.output_too_large", "输出超过上限 {limit_bytes} 后被停止"),
    ("outcome.output_missing", "声明的输出 {path} 缺失"),
    ("outcome.output_not_kept", "声明的输出 {path} 无法保存：{why}"),
    ("outcome.output_holds", "其输出 {output} 中的 {path} 无法保存：{why}"),
    ("outcome.lost", "失联：{why}"),
    ("lost.runner_ended", "运行器先于任务结束；任务的剩余部分已被终止"),
    ("lost.end_not_seen", "未能观察到它的结束"),
    ("code.too_many", "文件夹中的文件多于 {files} 个"),
    ("code.too_large", "文件夹中的文件总量超过 {limit_bytes}"),
    ("code.too_many_links", "文件夹中 git 未跟踪的链接多于 {links} 个：请让 git 忽略其中不是代码的链接"),
    ("code.too_many_repositories", "该仓库中含有多于 {repositories} 个其他仓库：请在 hven.toml 中说明哪些是代码"),
    ("compared.nothing_declared", "未声明任何输出或指标"),
    ("compared.nothing_held", "其输出不含任何文件，也未记录指标"),
    ("compared.nothing_compared", "并未比较任何内容，尽管记录为字节相同"),
    ("printed.elsewhere", "随出版物带来的运行在此没有日志"),
    ("printed.dropped", "日志的中间部分未保存"),
    ("printed.too_long", "日志超过 {limit_bytes}"),
    ("printed.unreadable", "无法读取日志：{error}"),
];

/// The parts of the reason why the rule selected a law, as its search writes it. A semicolon separates them.
pub(super) const RULE: &[Template] = &[
    template(
        "rule.cost",
        "{cost} nats at complexity {complexity}",
        &[("cost", Kind::Text), ("complexity", Kind::Number)],
    ),
    template(
        "rule.shorter",
        "the simpler candidate {id} needs {cost} nats more, for residuals {ratio} times as large",
        &[("id", Kind::Text), ("cost", Kind::Text), ("ratio", Kind::Text)],
    ),
    template(
        "rule.longer",
        "the more accurate candidate {id} needs {cost} nats more, though its residuals are only {ratio} times as large",
        &[("id", Kind::Text), ("cost", Kind::Text), ("ratio", Kind::Text)],
    ),
];

#[cfg(test)]
mod tests {
    use hven_core::recorded;

    use super::*;

    /// The web pages have the same Chinese for the sentences of the record.
    const PAGES: &str = include_str!("../../../../../web/src/messages/recorded.ts");

    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    #[test]
    fn every_sentence_has_its_chinese_with_the_same_values() {
        for template in WRITTEN {
            let found = CHINESE.iter().find(|(code, _)| *code == template.code);
            let (_, chinese) = found.unwrap_or_else(|| panic!("{} has no Chinese", template.code));
            let names: Vec<&str> = template.parts.iter().map(|(name, _)| *name).collect();
            for name in placeholders(chinese) {
                assert!(names.contains(&name), "{name} of {}", template.code);
            }
        }
        let recorded = recorded::Recorded::TEMPLATES;
        // Publications contain these sentences of the record: ends, verdicts, and reasons for uncaptured code or uncompared
        // logs.
        let nouns = ["outcome.", "lost.", "code.", "compared.", "printed.", "judged."];
        for template in recorded.iter().filter(|template| nouns.iter().any(|noun| template.code.starts_with(noun))) {
            assert!(CHINESE.iter().any(|(code, _)| *code == template.code), "{} has no Chinese", template.code);
        }
        for (code, chinese) in CHINESE {
            if let Some(template) = recorded.iter().find(|template| template.code == *code) {
                assert_eq!(placeholders(chinese), placeholders(template.text), "{code}");
                assert!(
                    PAGES.contains(&format!("'{chinese}'")),
                    "the web pages have another text for {code} than: {chinese}"
                );
            } else {
                assert!(WRITTEN.iter().any(|template| template.code == *code), "{code} has no English text");
            }
        }
    }
}
