//! Points and lines as SVG: a law and the measured values. A page or any viewer of pictures can show it.

use maud::{Markup, PreEscaped, html};

use crate::{
    evidence::{Axis, Plot, Series},
    text::{document, number, put},
};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 74.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 52.0;
/// At most so many points of a series are drawn, evenly spread.
const POINTS_MAX: usize = 5000;

/// Colours that people with colour blindness can distinguish. The shapes differ, too.
const COLOURS: &[&str] = &["#8a6a14", "#1f6f8b", "#9c3d54", "#4c7a3f"];

const STYLE: &str = "svg{background:#fff}text{font:12px sans-serif;fill:#222}.grid{stroke:#ddd}.frame{stroke:#889;fill:none}\
@media(prefers-color-scheme:dark){svg{background:#1b1e24}.series{filter:brightness(1.6)}text{fill:#eee}.grid{stroke:#333b46}.frame{stroke:#99a}}";

/// A plot that can be drawn.
pub(crate) trait ToSvg {
    /// The picture. It leaves out points that are not finite, or not above 0 on a logarithmic axis.
    fn svg(&self) -> String;
}

impl ToSvg for Plot {
    fn svg(&self) -> String {
        let x = Scale::of(&self.x, values(self, 0), LEFT, WIDTH - RIGHT).whole(is_whole(self, 0));
        let y = Scale::of(&self.y, values(self, 1), HEIGHT - BOTTOM, TOP).whole(is_whole(self, 1));
        document(&html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" {
                title { (self.description) }
                style { (PreEscaped(STYLE)) }
                (grid(&x, &y))
                (titles(self))
                @for (at, series) in self.series.iter().enumerate() { (draw(series, at, &x, &y)) }
                (legend(self))
            }
        })
    }
}

fn values(plot: &Plot, of: usize) -> impl Iterator<Item = f64> + '_ {
    plot.series.iter().flat_map(move |series| series.points.iter().map(move |point| point[of]))
}

/// Whether all measured values are whole numbers, such as counts or years. Such an axis has no ticks between whole numbers.
fn is_whole(plot: &Plot, of: usize) -> bool {
    let points = plot.series.iter().filter(|series| !series.line).flat_map(|series| &series.points);
    let mut values = points.map(|point| point[of]).filter(|value| value.is_finite()).peekable();
    values.peek().is_some() && values.all(|value| value.fract() == 0.0)
}

/// The title of a plot in both languages: a picture cannot switch its language.
fn in_both(title: &str) -> String {
    let chinese = match title {
        "seen" => "搜索所见",
        "held out" => "留出",
        "complexity (symbols)" => "复杂度（符号数）",
        title if title.ends_with(", observed") => "观测值",
        title if title.ends_with(", by the law") => "按定律",
        title if title.starts_with("observed − law, ") => "观测 − 定律",
        title => return title.to_owned(),
    };
    format!("{title} / {chinese}")
}

/// The approximate width of a text: Chinese characters are wider.
fn width(text: &str) -> f64 {
    text.chars().map(|c| if c < '\u{2e80}' { 7.5 } else { 13.0 }).sum()
}

fn titles(plot: &Plot) -> Markup {
    let (middle, side) = ((LEFT + WIDTH - RIGHT) / 2.0, (TOP + HEIGHT - BOTTOM) / 2.0);
    html! {
        text x=(middle) y=(HEIGHT - 10.0) text-anchor="middle" { (in_both(&plot.x.title)) }
        text transform={ "translate(16 " (side) ") rotate(-90)" } text-anchor="middle" { (in_both(&plot.y.title)) }
    }
}

fn legend(plot: &Plot) -> Markup {
    let named = plot.series.iter().enumerate().filter(|(_, series)| !series.name.is_empty());
    let entries = named.scan(LEFT, |next, (index, series)| {
        let (at, name) = (*next, in_both(&series.name));
        *next += 40.0 + width(&name);
        let mark = if series.line { format!("M{at} 16h16") } else { shape(index, at + 8.0, 16.0) };
        Some(html! { (painted(series, index, &mark)) text x=(at + 22.0) y="20" { (name) } })
    });
    html! { @for entry in entries { (entry) } }
}

/// Maps values to coordinates of the picture.
struct Scale {
    logarithmic: bool,
    /// The ends of the axis, as logarithms if the axis is logarithmic.
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    /// There are no ticks between whole numbers.
    whole: bool,
}

impl Scale {
    fn of(axis: &Axis, values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let values = values.filter(|value| value.is_finite() && (!axis.logarithmic || *value > 0.0));
        let values = values.map(|value| if axis.logarithmic { value.log10() } else { value });
        let (low, high) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), it| (low.min(it), high.max(it)));
        let (low, high) = match (low, high) {
            (low, high) if low > high => (0.0, 1.0),
            (low, high) if high - low <= f64::EPSILON * high.abs() => (low - 0.5, high + 0.5),
            (low, high) => (low - (high - low) * 0.04, high + (high - low) * 0.04),
        };
        Self { logarithmic: axis.logarithmic, low, high, from, to, whole: false }
    }

    fn whole(self, whole: bool) -> Self {
        Self { whole, ..self }
    }

    fn coordinate(&self, value: f64) -> Option<f64> {
        let value = if self.logarithmic { value.log10() } else { value };
        value.is_finite().then(|| self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from))
    }

    /// Round values with their coordinates, twelve at most.
    fn ticks(&self) -> Vec<(f64, String)> {
        let span = self.high - self.low;
        let mut step = 10_f64.powf((span / 4.0).log10().floor());
        for factor in [2.0, 2.5, 2.0, 2.0] {
            if span / step > 6.0 {
                step *= factor;
            }
        }
        if self.logarithmic {
            step = step.max(1.0).round();
        } else if self.whole {
            step = step.max(1.0);
        }
        let mut ticks = Vec::new();
        let mut at = (self.low / step).ceil();
        while at * step <= self.high && ticks.len() < 12 {
            let value = at * step;
            // A rounding error of a subtraction is shown as 0.
            let value = if value.abs() < step * 1e-9 { 0.0 } else { value };
            let shown = if self.logarithmic { 10_f64.powf(value) } else { value };
            let place = self.from + (value - self.low) / span * (self.to - self.from);
            ticks.push((place, number(shown)));
            at += 1.0;
        }
        ticks
    }
}

fn grid(x: &Scale, y: &Scale) -> Markup {
    html! {
        @for (place, text) in x.ticks() {
            path class="grid" d=(format_args!("M{place:.1} {TOP}V{}", HEIGHT - BOTTOM)) {}
            text x=(format_args!("{place:.1}")) y=(HEIGHT - BOTTOM + 18.0) text-anchor="middle" { (text) }
        }
        @for (place, text) in y.ticks() {
            path class="grid" d=(format_args!("M{LEFT} {place:.1}H{}", WIDTH - RIGHT)) {}
            text x=(LEFT - 7.0) y=(format_args!("{:.1}", place + 4.0)) text-anchor="end" { (text) }
        }
        rect class="frame" x=(LEFT) y=(TOP) width=(WIDTH - LEFT - RIGHT) height=(HEIGHT - TOP - BOTTOM) {}
    }
}

fn draw(series: &Series, index: usize, x: &Scale, y: &Scale) -> Markup {
    let step = series.points.len().div_ceil(POINTS_MAX).max(1);
    let places =
        series.points.iter().step_by(step).map(|point| Some((x.coordinate(point[0])?, y.coordinate(point[1])?)));
    let mut path = String::new();
    // A line breaks where a value is missing.
    let mut pen_down = false;
    for place in places {
        let Some((x, y)) = place else {
            pen_down = false;
            continue;
        };
        match (series.line, pen_down) {
            (true, true) => put!(path, "L{x:.1} {y:.1}"),
            (true, false) => put!(path, "M{x:.1} {y:.1}"),
            (false, _) => path.push_str(&shape(index, x, y)),
        }
        pen_down = true;
    }
    painted(series, index, &path)
}

/// A mark at a point: a disc, a square or a triangle.
fn shape(index: usize, x: f64, y: f64) -> String {
    match index % 4 {
        0 => format!("M{:.1} {y:.1}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", x - 4.0),
        1 => format!("M{:.1} {:.1}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", x - 4.0, y),
        2 => format!("M{:.1} {:.1}h7v7h-7z", x - 3.5, y - 3.5),
        _ => format!("M{x:.1} {:.1}l4 7h-8z", y - 4.0),
    }
}

/// A path in the colour of its series.
fn painted(series: &Series, index: usize, path: &str) -> Markup {
    let colour = COLOURS[index % COLOURS.len()];
    html! {
        @if series.line {
            path d=(path) class="series" fill="none" stroke=(colour) stroke-width="1.8" {}
        } @else {
            path d=(path) class="series" fill=(colour) fill-opacity="0.85" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(points: Vec<[f64; 2]>, logarithmic: bool) -> Plot {
        let axis = |title: &str| Axis { title: title.to_owned(), logarithmic };
        let line = Series { name: "law <1>".to_owned(), line: true, points: points.clone() };
        let measured = Series { name: "measured".to_owned(), line: false, points };
        Plot {
            name: "fit".to_owned(),
            description: "A law".to_owned(),
            x: axis("distance (AU)"),
            y: axis("period (yr)"),
            series: vec![line, measured],
        }
    }

    #[test]
    fn plots_take_any_numbers() {
        let check = |points: Vec<[f64; 2]>, logarithmic: bool| {
            let svg = plot(points, logarithmic).svg();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            assert!(svg.contains("law &lt;1&gt;") && svg.ends_with("</svg>\n"), "{svg}");
        };
        for logarithmic in [true, false] {
            check(Vec::new(), logarithmic);
            check(vec![[1.0, 1.0]], logarithmic);
            check(vec![[0.0, -1.0], [f64::NAN, 2.0], [f64::INFINITY, 1.0], [1e300, 1e-300]], logarithmic);
            check((0..20_000).map(|at| [f64::from(at), f64::from(at) * 2.0]).collect(), logarithmic);
        }
    }

    #[test]
    fn whole_numbers_have_no_ticks_between_them() {
        let svg = plot(vec![[2005.0, 0.25], [2006.0, 0.5], [2007.0, 0.75]], false).svg();
        for year in ["2005", "2006", "2007"] {
            assert!(svg.contains(&format!(">{year}</text>")), "{svg}");
        }
        assert!(!svg.contains("2005.5") && !svg.contains("2006.5"), "{svg}");
        assert!(svg.contains(">0.5</text>"), "{svg}");
    }

    #[test]
    fn the_words_of_a_plot_are_in_both_languages() {
        let check = |title: &str, expect: &str| assert_eq!(in_both(title), expect);
        check("held out", "held out / 留出");
        check("period (yr), by the law", "period (yr), by the law / 按定律");
        check("period <yr>", "period <yr>");
    }

    #[test]
    fn ticks_are_round() {
        let check = |logarithmic: bool, values: [f64; 2], expect: &[&str]| {
            let axis = Axis { title: String::new(), logarithmic };
            let ticks = Scale::of(&axis, values.into_iter(), 0.0, 100.0).ticks();
            assert_eq!(ticks.into_iter().map(|(_, text)| text).collect::<Vec<_>>(), expect);
        };
        check(false, [0.0, 30.0], &["0", "10", "20", "30"]);
        check(false, [-1.0, 1.0], &["-1", "-0.5", "0", "0.5", "1"]);
        check(true, [0.3, 200.0], &["1", "10", "100"]);
    }
}
