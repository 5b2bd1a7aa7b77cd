"""Settings in INI files: those of the tree are read; a file that lies elsewhere leaves the defaults."""

DEFAULTSECT = "DEFAULT"
_MISSING = object()
_TRUE = ("1", "yes", "true", "on")
_FALSE = ("0", "no", "false", "off")


class Error(Exception):
    pass


class NoSectionError(Error):
    pass


class NoOptionError(Error):
    pass


class DuplicateSectionError(Error):
    pass


class DuplicateOptionError(Error):
    pass


class InterpolationError(Error):
    pass


class InterpolationMissingOptionError(InterpolationError):
    pass


class ParsingError(Error):
    pass


class MissingSectionHeaderError(ParsingError):
    pass


class Interpolation:
    pass


class BasicInterpolation(Interpolation):
    pass


class ExtendedInterpolation(Interpolation):
    pass


class SectionProxy:
    def __init__(self, parser, name):
        self._parser = parser
        self.name = name
        self.parser = parser

    def __getitem__(self, key):
        return self._parser.get(self.name, key)

    def __setitem__(self, key, value):
        self._parser.set(self.name, key, value)

    def __contains__(self, key):
        return self._parser.has_option(self.name, key)

    def __iter__(self):
        return iter(self._parser.options(self.name))

    def __len__(self):
        return len(self._parser.options(self.name))

    def keys(self):
        return self._parser.options(self.name)

    def values(self):
        return [self[key] for key in self.keys()]

    def items(self):
        return self._parser.items(self.name)

    def get(self, option, fallback=None, **options):
        return self._parser.get(self.name, option, fallback=fallback, **options)

    def getint(self, option, fallback=None, **options):
        return self._parser.getint(self.name, option, fallback=fallback, **options)

    def getfloat(self, option, fallback=None, **options):
        return self._parser.getfloat(self.name, option, fallback=fallback, **options)

    def getboolean(self, option, fallback=None, **options):
        return self._parser.getboolean(self.name, option, fallback=fallback, **options)


class RawConfigParser:
    _interpolates = False

    def __init__(self, defaults=None, *args, **options):
        self._sections = {}
        self._defaults = {}
        self._elsewhere = False
        if "interpolation" in options:
            self._interpolates = type(options["interpolation"]) is BasicInterpolation
        self.default_section = options.get("default_section", DEFAULTSECT)
        if defaults:
            self._defaults = {self.optionxform(str(key)): value for key, value in defaults.items()}

    def optionxform(self, option):
        return option.lower()

    def read(self, filenames, encoding=None):
        if not __known__(filenames) or not isinstance(filenames, (list, tuple, set)):
            filenames = [filenames]
        found = []
        for filename in filenames:
            text = __text_of__(filename)
            if text is None:
                self._elsewhere = True
            else:
                self._add(text)
                found.append(filename)
        return found

    def read_file(self, file, source=None):
        text = file.read() if hasattr(file, "read") else "".join(file)
        if __known__(text):
            self._add(text)
        else:
            self._elsewhere = True

    readfp = read_file

    def read_string(self, string, source="<string>"):
        if __known__(string):
            self._add(string)
        else:
            self._elsewhere = True

    def read_dict(self, dictionary, source="<dict>"):
        for section, values in dictionary.items():
            self._merge(section, values)

    def _add(self, text):
        for section, values in __ini__(text).items():
            self._merge(section, values)

    def _merge(self, section, values):
        named = {self.optionxform(str(key)): value for key, value in values.items()}
        if section == self.default_section:
            self._defaults.update(named)
        else:
            self._sections.setdefault(section, {}).update(named)

    def defaults(self):
        return self._defaults

    def sections(self):
        return list(self._sections)

    def has_section(self, section):
        return section in self._sections

    def add_section(self, section):
        self._sections.setdefault(section, {})

    def remove_section(self, section):
        return self._sections.pop(section, None) is not None

    def options(self, section):
        if section not in self._sections:
            if self._elsewhere:
                return __unknown__("the options of a settings file that is not in the tree")
            raise NoSectionError(section)
        return list({**self._defaults, **self._sections[section]})

    def has_option(self, section, option):
        name = self.optionxform(option)
        return name in self._sections.get(section, {}) or (
            section in self._sections and name in self._defaults
        )

    def remove_option(self, section, option):
        return self._sections.get(section, {}).pop(self.optionxform(option), None) is not None

    def _find(self, section, option, raw, vars):
        name = self.optionxform(option)
        if vars and name in vars:
            return vars[name]
        own = self._sections.get(section, {})
        if name in own:
            value = own[name]
        elif name in self._defaults:
            value = self._defaults[name]
        else:
            return _MISSING
        if raw or not self._interpolates or not isinstance(value, str) or "%" not in value:
            return value
        for known, replacement in {**self._defaults, **own}.items():
            value = value.replace("%(" + known + ")s", str(replacement))
        return value.replace("%%", "%")

    def get(self, section, option, *, raw=False, vars=None, fallback=_MISSING):
        found = self._find(section, option, raw, vars)
        if found is not _MISSING:
            return found
        if fallback is not _MISSING:
            return fallback
        if self._elsewhere:
            return __unknown__("a setting of a file that is not in the tree")
        if section not in self._sections:
            raise NoSectionError(section)
        raise NoOptionError(option)

    def _converted(self, convert, section, option, fallback, options):
        found = self.get(section, option, fallback=_MISSING if fallback is _MISSING else None, **options)
        if found is None and fallback is not _MISSING:
            return fallback
        return convert(found)

    def getint(self, section, option, *, fallback=_MISSING, **options):
        return self._converted(int, section, option, fallback, options)

    def getfloat(self, section, option, *, fallback=_MISSING, **options):
        return self._converted(float, section, option, fallback, options)

    def getboolean(self, section, option, *, fallback=_MISSING, **options):
        return self._converted(self._convert_to_boolean, section, option, fallback, options)

    def _convert_to_boolean(self, value):
        if not __known__(value):
            return value
        text = str(value).lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise ValueError(value)

    def items(self, section=_MISSING, raw=False, vars=None):
        if section is _MISSING:
            return [(name, self[name]) for name in self._sections]
        return [(name, self._find(section, name, raw, vars)) for name in self.options(section)]

    def set(self, section, option, value=None):
        if section == self.default_section:
            self._defaults[self.optionxform(option)] = value
        elif section in self._sections:
            self._sections[section][self.optionxform(option)] = value
        else:
            raise NoSectionError(section)

    def write(self, file, space_around_delimiters=True):
        pass

    def __getitem__(self, section):
        if section != self.default_section and section not in self._sections:
            if self._elsewhere:
                return SectionProxy(self, section)
            raise KeyError(section)
        return SectionProxy(self, section)

    def __setitem__(self, section, values):
        self._sections[section] = {}
        self._merge(section, values)

    def __delitem__(self, section):
        self._sections.pop(section, None)

    def __contains__(self, section):
        return section == self.default_section or section in self._sections

    def __iter__(self):
        return iter([self.default_section, *self._sections])

    def keys(self):
        return [self.default_section, *self._sections]


class ConfigParser(RawConfigParser):
    _interpolates = True


SafeConfigParser = ConfigParser
