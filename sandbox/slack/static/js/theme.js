// A classic script in the head: the theme is set before the first paint, so that dark never flashes white.
(() => {
  const KEY = "sandbox.theme";
  const root = document.documentElement;
  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage can be forbidden; the system's theme then stands
    }
  };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const current = () => stored() ?? (system.matches ? "dark" : "light");
  const show = () => {
    root.dataset.theme = current();
  };
  system.addEventListener("change", show);
  show();
  window.sandboxTheme = {
    current,
    set(theme) {
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // shown below all the same, only not remembered
      }
      root.dataset.theme = theme;
    },
  };
})();
