//! The first difference of a reproduction in Chinese.

use hven_core::reproduction::{ComparedPlace, Likeness, Spot};

use crate::evidence::Reproduction;

/// The first place that differs by more than the tolerance, in the same form as the English text of the reproduction.
pub(in crate::page) fn difference(reproduction: &Reproduction) -> Option<String> {
    let of_files = reproduction.outputs.iter().map(|file| (file.path.as_str(), &file.likeness));
    let of_metrics = reproduction.metrics.iter().map(|metric| ("", &metric.likeness));
    of_files.chain(of_metrics).find_map(|(path, likeness)| match likeness {
        Likeness::Differs { places, .. } => places.first().map(|place| place_in_words(path, place)),
        _ => None,
    })
}

fn place_in_words(path: &str, place: &ComparedPlace) -> String {
    let was = |text: &Option<String>| text.clone().unwrap_or_else(|| "无".to_owned());
    let comma = if path.is_empty() { "" } else { "，" };
    format!("{path}{comma}{}：由 {} 变为 {}", spot(&place.spot), was(&place.before), was(&place.after))
}

fn spot(spot: &Spot) -> String {
    match spot {
        Spot::File => "整个文件".to_owned(),
        Spot::Byte { offset } => format!("第 {offset} 字节"),
        Spot::Column { column } => format!("列 {column}"),
        Spot::Rows => "行数".to_owned(),
        Spot::Cell { row, column } => format!("第 {row} 行，列 {column}"),
        Spot::Pointer { pointer } if pointer.is_empty() => "整个文档".to_owned(),
        Spot::Word { line, word: 0 } => format!("第 {line} 行"),
        Spot::Word { line, word } => format!("第 {line} 行第 {word} 词"),
        Spot::Pixel { x, y } => format!("像素 {x}，{y}"),
        other => other.to_string(),
    }
}
