    call kfun
    .error "stop here"
