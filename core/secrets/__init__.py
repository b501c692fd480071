"""Where the values of secrets and environment files come from: the environment, a folder, files, the operator's commands.

Values are in memory alone, and only while containers are created with them. No sentence here ever holds one.
"""

from core.secrets.command import Commands
from core.secrets.folder import FOLDER, folder_problem
from core.secrets.sources import SecretSources, variable_name

__all__ = ["FOLDER", "Commands", "SecretSources", "folder_problem", "variable_name"]
