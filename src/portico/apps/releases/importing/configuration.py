"""The setting of imports."""

from portico.kernel.app_settings import AppSettings
from portico.kernel.setting_values import MaybePath


class ImportSettings(AppSettings):
    """GIT_IMPORT_ROOT: the folder below which repositories may be imported by path; None: by address alone."""

    git_import_root: MaybePath = None
