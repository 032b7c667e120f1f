//! Gives the programs for Windows their icon, their version and their manifest. Does nothing for other systems.
#![forbid(unsafe_code)]

use std::env;

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

fn main() {
    for changed in ["build.rs", "assets/icon.ico"] {
        println!("cargo::rerun-if-changed={changed}");
    }
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "windows")
        && let Err(why) = resources()
    {
        // A check, or a build without an installer in mind, does not need them.
        println!("cargo::warning=the programs are without icon and manifest, for no resource compiler worked: {why}");
    }
}

fn resources() -> std::io::Result<()> {
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
