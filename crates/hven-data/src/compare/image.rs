//! Compares pictures, PNG and JPEG, by their appearance.
//!
//! The measure is structural similarity: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment:
//! from error visibility to structural similarity", IEEE Transactions on Image Processing 13 (2004) 600–612; of luma, over
//! square windows of 8 × 8 pixels every 4 pixels, as in the authors' earlier index, with the paper's constants. It is 1
//! for identical pictures. The mean and the peak difference are reported too, because a single wrong pixel hardly changes
//! a mean.

use std::{fs::File, io::BufReader, path::Path};

use hven_core::reproduction::{Spot, Tolerance};

use super::{BytesOnly, Options, differences::Differences};

use ::image::{ImageReader, Limits, RgbaImage};

const WINDOW: usize = 8;
const STRIDE: usize = 4;
/// (0.01 × 255)² and (0.03 × 255)².
const C1: f64 = 6.5025;
const C2: f64 = 58.5225;

pub(super) fn compare(
    before: &Path,
    after: &Path,
    options: &Options,
    differences: &mut Differences,
    notes: &mut Vec<String>,
) -> Result<(), BytesOnly> {
    let (before, after) = (read(before, options.pixels_max)?, read(after, options.pixels_max)?);
    if before.dimensions() != after.dimensions() {
        let told = |(width, height): (u32, u32)| format!("{width} × {height}");
        let spot = || Spot::Measure { name: "size".to_owned() };
        differences.differs(Some(&told(before.dimensions())), Some(&told(after.dimensions())), spot);
        return Ok(());
    }
    let measured = measure(&before, &after);
    let Measured { ssim, mean, peak, peak_at: (x, y) } = measured;
    notes.push(format!(
        "structural similarity {ssim:.6} (at least {} is wanted), mean difference {mean:.3e}, largest {peak:.3} at pixel {x}, {y}",
        options.ssim_min
    ));
    let is_exact = options.tolerance == Tolerance::EXACT;
    if is_exact && peak > 0.0 || ssim < options.ssim_min {
        let shown = |picture: &RgbaImage| {
            let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
            format!("rgba({red}, {green}, {blue}, {alpha})")
        };
        differences.differs(Some(&shown(&before)), Some(&shown(&after)), || Spot::Pixel { x, y });
    }
    Ok(())
}

fn read(path: &Path, pixels_max: u64) -> Result<RgbaImage, BytesOnly> {
    let open = || {
        let file = File::open(path).map_err(|wrong| wrong.to_string())?;
        ImageReader::new(BufReader::new(file)).with_guessed_format().map_err(|wrong| wrong.to_string())
    };
    let damaged = |wrong: ::image::ImageError| format!("it cannot be read as a picture ({wrong})");
    let (width, height) = open()?.into_dimensions().map_err(damaged)?;
    if u64::from(width) * u64::from(height) > pixels_max {
        return Err(format!("it has {width} × {height} pixels, more than {pixels_max}"));
    }
    let mut reader = open()?;
    let mut limits = Limits::default();
    // The most memory that a pixel needs during decoding: four 32-bit numbers.
    limits.max_alloc = Some(pixels_max.saturating_mul(16));
    reader.limits(limits);
    Ok(reader.decode().map_err(damaged)?.into_rgba8())
}

struct Measured {
    ssim: f64,
    /// Over all channels, as a share of the whole range.
    mean: f64,
    peak: f64,
    peak_at: (u32, u32),
}

fn measure(before: &RgbaImage, after: &RgbaImage) -> Measured {
    let (mut sum, mut peak, mut peak_at) = (0_u64, 0, (0, 0));
    for ((x, y, old), new) in before.enumerate_pixels().zip(after.pixels()) {
        for (old, new) in old.0.iter().zip(new.0) {
            let difference = old.abs_diff(new);
            sum += u64::from(difference);
            if difference > peak {
                (peak, peak_at) = (difference, (x, y));
            }
        }
    }
    let values = (u64::from(before.width()) * u64::from(before.height()) * 4).max(1);
    let mean = sum as f64 / values as f64 / 255.0;
    let width = before.width() as usize;
    Measured { ssim: ssim(&luma(before), &luma(after), width), mean, peak: f64::from(peak) / 255.0, peak_at }
}

/// Brightness with the colour weights of ITU-R BT.601; transparent pixels are drawn on white.
fn luma(picture: &RgbaImage) -> Vec<u8> {
    let of_pixel = |pixel: &::image::Rgba<u8>| {
        let [red, green, blue, alpha] = pixel.0.map(u32::from);
        let bright = (299 * red + 587 * green + 114 * blue) / 1000;
        ((bright * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    picture.pixels().map(of_pixel).collect()
}

/// The mean over all windows; a picture smaller than a window is one window.
fn ssim(before: &[u8], after: &[u8], width: usize) -> f64 {
    if width == 0 || before.is_empty() {
        return 1.0;
    }
    let height = before.len() / width;
    let starts = |length: usize| (0..=length.saturating_sub(WINDOW)).step_by(STRIDE);
    let (mut total, mut windows) = (0.0, 0_u64);
    for top in starts(height) {
        for left in starts(width) {
            let rows = top..(top + WINDOW).min(height);
            let columns = left..(left + WINDOW).min(width);
            total += window(before, after, width, rows, columns);
            windows += 1;
        }
    }
    total / windows.max(1) as f64
}

fn window(
    before: &[u8],
    after: &[u8],
    width: usize,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
) -> f64 {
    let (mut count, mut x, mut y, mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for row in rows {
        let part = row * width + columns.start..row * width + columns.end;
        for (a, b) in before[part.clone()].iter().zip(&after[part]) {
            let (a, b) = (f64::from(*a), f64::from(*b));
            count += 1.0;
            x += a;
            y += b;
            xx += a * a;
            yy += b * b;
            xy += a * b;
        }
    }
    let (mean_x, mean_y) = (x / count, y / count);
    let (var_x, var_y) = (xx / count - mean_x * mean_x, yy / count - mean_y * mean_y);
    let covariance = xy / count - mean_x * mean_y;
    (2.0 * mean_x * mean_y + C1) * (2.0 * covariance + C2)
        / ((mean_x * mean_x + mean_y * mean_y + C1) * (var_x + var_y + C2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similarity_is_one_for_the_same_and_low_for_another_structure() {
        let wave =
            |phase: usize| -> Vec<u8> { (0..64 * 64).map(|at| (((at % 64 + phase) / 4 % 2) * 200) as u8).collect() };
        let check = |after: &[u8], low: f64, high: f64| {
            let found = ssim(&wave(0), after, 64);
            assert!((low..=high).contains(&found), "{found}");
        };
        check(&wave(0), 1.0, 1.0);
        check(&wave(4), -1.0, 0.0);
        let brighter: Vec<u8> = wave(0).iter().map(|value| value + 5).collect();
        check(&brighter, 0.95, 0.9999);
        // A difference in brightness only, computed in closed form: flat pictures of 100 and 150.
        let flat = ssim(&[100; 64], &[150; 64], 8);
        let expect = (2.0 * 100.0 * 150.0 + C1) / (100.0 * 100.0 + 150.0 * 150.0 + C1);
        assert!((flat - expect).abs() < 1e-12, "{flat}");
        assert!((ssim(&[1, 2, 3], &[1, 2, 3], 3) - 1.0).abs() < 1e-12);
    }
}
