//! Whether a Linux desktop wants dark or light, which its window library is not told: asked of the desktop's portal, and heard
//! when it changes. Must never hold up the window: it waits on a thread of its own.

use eframe::egui::{Context, Theme};

/// From now on, what follows the system's theme follows this desktop's.
pub fn follow(ctx: &Context) {
    #[cfg(target_os = "linux")]
    {
        let ctx = ctx.clone();
        let listen = move || {
            if let Err(e) = portal::listen(|theme| set(&ctx, theme)) {
                log::info!("the desktop does not tell its theme: {e}");
            }
        };
        if let Err(e) = std::thread::Builder::new().name("theme".into()).spawn(listen) {
            log::warn!("the desktop's theme is not followed: {e}");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = ctx; // the window itself is told
}

#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "the window itself is told there"))]
fn set(ctx: &Context, theme: Theme) {
    ctx.options_mut(|o| o.fallback_theme = theme);
    ctx.request_repaint();
}

#[cfg(target_os = "linux")]
mod portal {
    use super::Theme;
    use zbus::blocking::{Connection, Proxy};
    use zbus::zvariant::{OwnedValue, Value};

    /// Where the setting is: `org.freedesktop.portal.Settings` of xdg-desktop-portal.
    const SPACE: &str = "org.freedesktop.appearance";
    const KEY: &str = "color-scheme";

    /// Tells the theme now and at each change, for as long as the bus is there.
    pub fn listen(tell: impl Fn(Theme)) -> zbus::Result<()> {
        let bus = Connection::session()?;
        let (portal, settings) = ("org.freedesktop.portal.Desktop", "org.freedesktop.portal.Settings");
        let settings = Proxy::new(&bus, portal, "/org/freedesktop/portal/desktop", settings)?;
        let changes = settings.receive_signal("SettingChanged")?;
        // `Read` is of all versions; it wraps the value once more than `ReadOne`.
        let now: OwnedValue = settings.call("Read", &(SPACE, KEY))?;
        tell(theme_of(&now));
        for change in changes {
            let body = change.body();
            let Ok((space, key, value)) = body.deserialize::<(&str, &str, Value<'_>)>() else { continue };
            if (space, key) == (SPACE, KEY) {
                tell(theme_of(&value));
            }
        }
        Ok(())
    }

    /// 1 prefers dark, 2 light; 0 has no preference, which desktops show as light.
    fn theme_of(mut value: &Value<'_>) -> Theme {
        while let Value::Value(inner) = value {
            value = inner;
        }
        if matches!(value, Value::U32(1)) { Theme::Dark } else { Theme::Light }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_value_may_be_wrapped() {
            let wrap = |v: Value<'static>| Value::Value(Box::new(v));
            assert_eq!(theme_of(&wrap(wrap(Value::U32(1)))), Theme::Dark);
            assert_eq!(theme_of(&wrap(Value::U32(2))), Theme::Light);
            assert_eq!(theme_of(&Value::U32(0)), Theme::Light);
        }
    }
}
