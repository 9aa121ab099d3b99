from . import *
from ..a import b
import a.b
