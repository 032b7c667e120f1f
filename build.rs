//! Packs the samples that the program carries, has equal functions folded where the linker can, and gives the programs for
//! Windows their icon, version and manifest.
#![forbid(unsafe_code)]

use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// Sizes on each screen as that screen wants them, long paths, UTF-8, and the user's own rights.
const MANIFEST: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <assemblyIdentity type="win32" name="io.github.picklescope.picklescope" version="@VERSION@.0"/>
  <dependency>
    <dependentAssembly>
      <assemblyIdentity type="win32" name="Microsoft.Windows.Common-Controls" version="6.0.0.0" processorArchitecture="*" publicKeyToken="6595b64144ccf1df" language="*"/>
    </dependentAssembly>
  </dependency>
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3">
    <security>
      <requestedPrivileges>
        <requestedExecutionLevel level="asInvoker" uiAccess="false"/>
      </requestedPrivileges>
    </security>
  </trustInfo>
  <compatibility xmlns="urn:schemas-microsoft-com:compatibility.v1">
    <application>
      <supportedOS Id="{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"/>
    </application>
  </compatibility>
  <application xmlns="urn:schemas-microsoft-com:asm.v3">
    <windowsSettings>
      <dpiAware xmlns="http://schemas.microsoft.com/SMI/2005/WindowsSettings">true/pm</dpiAware>
      <dpiAwareness xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">PerMonitorV2, PerMonitor</dpiAwareness>
      <longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">true</longPathAware>
      <activeCodePage xmlns="http://schemas.microsoft.com/SMI/2019/WindowsSettings">UTF-8</activeCodePage>
    </windowsSettings>
  </application>
</assembly>
"#;

fn main() -> io::Result<()> {
    for changed in ["build.rs", "assets/icon.ico", "assets/samples"] {
        println!("cargo::rerun-if-changed={changed}");
    }
    samples()?;
    fold();
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "windows")
        && let Err(why) = resources()
    {
        // A check, or a build without an installer in mind, does not need them.
        println!("cargo::warning=the programs are without icon and manifest, for no resource compiler worked: {why}");
    }
    Ok(())
}

/// Writes `NAME.pkl.gz` into cargo's folder for each sample: a quarter of their bytes less in the program.
fn samples() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for entry in fs::read_dir(Path::new("assets/samples"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "pkl")
            && let Some(name) = path.file_name()
        {
            let to = out.join(name).with_extension("pkl.gz");
            let mut packed = GzEncoder::new(fs::File::create(to)?, Compression::best());
            packed.write_all(&fs::read(&path)?)?;
            packed.finish()?;
        }
    }
    Ok(())
}

/// Has functions of equal code become one, a fortieth of the program: lld does that, and is what rustc links with on this
/// platform where nothing else is wished. Other linkers may not know the wish and stop at it.
fn fold() {
    const PLATFORM: &str = "x86_64-unknown-linux-gnu";
    let is = |key: &str, value: &str| env::var(key).is_ok_and(|v| v == value);
    let own_linker = env::var_os("RUSTC_LINKER").is_none() && is("CARGO_ENCODED_RUSTFLAGS", "");
    if !(is("TARGET", PLATFORM) && is("HOST", PLATFORM) && is("PROFILE", "release") && own_linker) {
        return;
    }
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    if let Ok(said) = Command::new(rustc).args(["--print", "sysroot"]).output()
        && let Ok(sysroot) = String::from_utf8(said.stdout)
        && Path::new(sysroot.trim()).join("lib/rustlib").join(PLATFORM).join("bin/gcc-ld/ld.lld").exists()
    {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}

fn resources() -> io::Result<()> {
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let mut programs = vec!["picklescope"];
    if env::var_os("CARGO_FEATURE_PICKLESCOPEW").is_some() {
        programs.push("picklescopew");
    }
    let mut resource = winresource::WindowsResource::new();
    resource
        .set_icon("assets/icon.ico")
        .set_manifest(&MANIFEST.replace("@VERSION@", &version))
        .set("FileDescription", "picklescope")
        .set("ProductName", "picklescope")
        .set("LegalCopyright", "MIT OR Apache-2.0");
    programs.iter().try_for_each(|program| resource.compile_for(program))
}
