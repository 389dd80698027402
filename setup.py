# SPDX-License-Identifier: MIT
import re
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "elytra_status/__init__.py").read_text())[1]


class BuildWithCatalogues(build_py):
    """Build the package, with its translations in the format of gettext.

    A checkout has no compiled translations: there, the program reads those in the source.
    """

    def run(self):
        """Build everything, and compile the catalogues."""
        super().run()
        if getattr(self, "editable_mode", False):
            return
        # Here, because Debian's tools read this file where Babel is not installed.
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        for source in sorted((HERE / "elytra_status/locale").glob("*/LC_MESSAGES/*.po")):
            compiled = Path(self.build_lib, source.relative_to(HERE)).with_suffix(".mo")
            compiled.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as text, compiled.open("wb") as file:
                write_mo(file, read_po(text, locale=source.parent.parent.name))


setup(
    name="elytra-status",
    version=VERSION,
    # Debian cuts it off at 60 characters; debian/control has the same text.
    description="publishes whether a hosting platform works",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="The elytra-status maintainers",
    author_email="maintainers@elytra-status.example",
    maintainer="The elytra-status maintainers",
    maintainer_email="maintainers@elytra-status.example",
    url="https://elytra-status.example/",
    license="MIT",
    python_requires=">=3.11",
    packages=find_packages(include=["elytra_status", "elytra_status.*"]),
    package_data={
        "elytra_status": [
            "status.schema.json",
            "leak_guard/*.list",
            "documents/assets/*",
            "demo/recordings/**/*",
            "demo/recordings/*/*",
        ]
    },
    install_requires=[
        "babel>=2.10",
        "boto3>=1.26",
        "jsonschema>=4.10",
        "prometheus-client>=0.16",
        "python-dotenv>=0.21",
        "requests>=2.28",
        "systemd-python>=235",
    ],
    extras_require={"demo": ["moto[s3]>=5", "flask", "flask-cors"], "preview": ["Pillow>=9.4"]},
    cmdclass={"build_py": BuildWithCatalogues},
    entry_points={
        "console_scripts": ["elytra-status = elytra_status.start:main", "elytra = elytra_status.elytra:main"],
    },
)
