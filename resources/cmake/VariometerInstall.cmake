# `cmake --install` and the .deb. LibTorch is in neither (it is large, and on a GPU not free to pass on): bin/variometer is a
# small script that finds the machine's LibTorch and starts the program, which lies in lib/variometer.
include(GNUInstallDirs)
set(VARIOMETER_PROGRAM_DIR ${CMAKE_INSTALL_LIBDIR}/variometer)
set(VARIOMETER_NEEDS_CUDA 0)
if(VARIOMETER_CUDA_LINKED)
  set(VARIOMETER_NEEDS_CUDA 1)
endif()
configure_file(resources/shell/variometer.in ${CMAKE_BINARY_DIR}/install/variometer @ONLY
  FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

install(TARGETS variometer variometer_engine
  RUNTIME DESTINATION ${VARIOMETER_PROGRAM_DIR} LIBRARY DESTINATION ${VARIOMETER_PROGRAM_DIR})
install(PROGRAMS ${CMAKE_BINARY_DIR}/install/variometer DESTINATION ${CMAKE_INSTALL_BINDIR})
install(PROGRAMS resources/shell/fetch-libtorch DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME variometer-fetch-libtorch)
install(FILES resources/shell/fetch.sh DESTINATION ${CMAKE_INSTALL_DATADIR}/variometer)
install(DIRECTORY samples resources/presets DESTINATION ${CMAKE_INSTALL_DATADIR}/variometer OPTIONAL
  FILES_MATCHING PATTERN "*.toml")
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
if(VARIOMETER_GUI)
  install(FILES resources/desktop/variometer.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
  install(FILES resources/desktop/variometer.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
  install(FILES resources/desktop/org.variometer.Variometer.metainfo.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo)
endif()

set(CPACK_PACKAGE_NAME variometer)
set(CPACK_PACKAGE_VENDOR "The Variometer developers")
set(CPACK_PACKAGE_CONTACT "The Variometer developers <variometer@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "Trains small transformers and shows their weights and activations live.\n LibTorch is not included: variometer-fetch-libtorch fetches it once.")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3-pip")  # what variometer-fetch-libtorch fetches with
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${VARIOMETER_TORCH_ROOT}/lib)
set(CPACK_OUTPUT_FILE_PREFIX ${CMAKE_BINARY_DIR}/package)
include(CPack)
