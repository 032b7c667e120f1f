//! The icon of the window, decoded from the file that the packages install too.

use eframe::egui::IconData;

static PNG: &[u8] = include_bytes!("../../assets/icons/app-256.png");

/// The icon for a window's title bar; empty if it cannot be decoded, which the tests rule out.
pub fn icon() -> IconData {
    let Ok(image) = image::load_from_memory_with_format(PNG, image::ImageFormat::Png) else {
        return IconData::default();
    };
    let image = image.into_rgba8();
    let (width, height) = image.dimensions();
    IconData { rgba: image.into_raw(), width, height }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_icon_is_there() {
        let icon = super::icon();
        assert_eq!((icon.width, icon.height, icon.rgba.len()), (256, 256, 256 * 256 * 4));
    }
}
