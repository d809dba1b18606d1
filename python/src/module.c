/* The extension module h2._h2. It keeps the classes that it needs and a store of common strings for the process, so there
 * is one of it, in the main interpreter. */
#include "module.h"

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "h2._h2",
    .m_doc = "libh2 for Python: what the modules of h2 are made of.",
    .m_size = -1,
    .m_methods = h2py_functions,
};

static int add_types(PyObject *module)
{
    PyTypeObject *const types[] = {
        &h2py_config_type, &h2py_settings_type,       &h2py_connection_type,         &h2py_streams_type,
        &h2py_stream_type, &h2py_stream_machine_type, &h2py_connection_machine_type, &h2py_coder_type};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (PyModule_AddType(module, types[i]) < 0) return -1;
    }
    return h2py_events_ready(module);
}

PyMODINIT_FUNC PyInit__h2(void);

PyMODINIT_FUNC PyInit__h2(void)
{
    PyObject *const module = PyModule_Create(&definition);
    if (module == NULL) return NULL;
    if (add_types(module) == 0 && PyModule_AddStringConstant(module, "engine_version", h2_version()) == 0)
        return module;
    Py_DECREF(module);
    return NULL;
}
