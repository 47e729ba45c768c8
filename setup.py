"""What `pyproject.toml` cannot say: the app's manifest stands at the top of the repository, in the wheel in `bot`."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithManifest(build_py):
    """Builds the packages, and puts the manifest among them."""

    def run(self) -> None:
        """Called once per build; an installation in place reads the file at the top."""
        super().run()
        if not self.editable_mode:
            self.copy_file("manifest.yml", str(Path(self.build_lib) / "bot" / "manifest.yml"))

    def get_source_files(self) -> list[str]:
        """What a source distribution needs, so that a wheel can be built from it."""
        return [*super().get_source_files(), "manifest.yml"]


setup(cmdclass={"build_py": BuildWithManifest})
